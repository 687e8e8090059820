import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

export type InstalledPackage = {
  name: string
  version: string
  folder: string /** Below node_modules. */
  place: string
}

/** The named packages with all they depend on, as installed below `root`, each where Node's resolution finds it. */
export function closureOf(names: string[], root: string): InstalledPackage[] {
  const found = new Map<string, InstalledPackage>()
  const visit = (name: string, from: string) => {
    const folder = locate(name, from, root)
    if (found.has(folder)) return
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    found.set(folder, { name, version: manifest.version, folder, place: relative(join(root, 'node_modules'), folder) })
    for (const dependency of Object.keys(manifest.dependencies ?? {})) visit(dependency, folder)
  }
  for (const name of names) visit(name, root)
  return [...found.values()].sort((a, b) => (a.place < b.place ? -1 : 1))
}

function locate(name: string, from: string, root: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name)
    if (existsSync(join(candidate, 'package.json'))) return candidate
    if (folder === root || folder === dirname(folder)) throw new Error(`the package ${name} is not installed`)
  }
}

const neededAtRunTime = (path: string) =>
  !/\.(d\.[cm]?ts|map|md|tsbuildinfo)$|\/(dist-types|test|tests|docs|benchmarks?)$/.test(path)

/** For a copy: leaves out types, source maps and documents, and packages nested in this one, which have their own entry. */
export function isRunTimeFile(folder: string): (path: string) => boolean {
  return (path) => path === folder || (neededAtRunTime(path) && path !== join(folder, 'node_modules'))
}

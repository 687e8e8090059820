import { readFileSync } from 'node:fs'
import { join } from 'node:path'

type Entry = { version?: string; dependencies?: Record<string, string>; optionalDependencies?: Record<string, string> }

/**
 * Packages that the lockfile needs and does not hold. npm leaves an optional package out when the registry does not serve
 * it at that moment (another platform's binary, published later), and `npm ci` then refuses the file everywhere.
 */
export function missingFromLockfile(root: string): string[] {
  const { packages }: { packages: Record<string, Entry> } = JSON.parse(
    readFileSync(join(root, 'package-lock.json'), 'utf8'),
  )
  return Object.entries(packages).flatMap(([place, { dependencies, optionalDependencies }]) =>
    Object.keys({ ...dependencies, ...optionalDependencies })
      .filter((name) => !isThere(packages, place, name))
      .map((name) => `${place || 'package.json'} needs ${name}`),
  )
}

function isThere(packages: Record<string, Entry>, place: string, name: string): boolean {
  for (let from = place; ; from = from.replace(/(^|\/)node_modules\/(@[^/]+\/)?[^/]+$/, '')) {
    if (packages[`${from}${from && '/'}node_modules/${name}`]) return true
    if (from === '') return false
  }
}

import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseSync } from 'vite'

/** One import, export-from or dynamic import. Files are named from the root, packages by their bare name. */
export type Import = { from: string; to: string; isPackage: boolean; isTypeOnly: boolean }

/** Reads what each file imports. `to` of a relative import is a file, for imports carry their extension here. */
export function importsOf(root: string, files: string[]): Import[] {
  return files.flatMap((file) => {
    const source = readFileSync(join(root, file), 'utf8')
    const { module, errors } = parseSync(file, source)
    if (errors[0]) throw new Error(`${file}: ${errors[0].message}`)
    const found = [
      ...module.staticImports.map(({ moduleRequest, entries }) => ({
        request: moduleRequest.value,
        isTypeOnly: entries.length > 0 && entries.every(({ isType }) => isType),
      })),
      ...module.staticExports.flatMap(({ entries }) =>
        entries.flatMap(({ moduleRequest, isType }) =>
          moduleRequest ? [{ request: moduleRequest.value, isTypeOnly: isType }] : [],
        ),
      ),
      ...module.dynamicImports.flatMap(({ moduleRequest }) => {
        const literal = source.slice(moduleRequest.start, moduleRequest.end).match(/^['"`]([^$]*)['"`]$/)
        return literal?.[1] ? [{ request: literal[1], isTypeOnly: false }] : []
      }),
    ]
    return found.map(({ request, isTypeOnly }) => {
      const isPackage = !request.startsWith('.')
      return { from: file, to: isPackage ? packageName(request) : join(dirname(file), request), isPackage, isTypeOnly }
    })
  })
}

function packageName(request: string): string {
  const parts = request.split('/')
  return request.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? request)
}

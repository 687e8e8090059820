import { globSync } from 'node:fs'
import { importsOf } from './imports.ts'
import { circles, strayImports } from './rooms.ts'

/** Everything wrong with the imports below `root`, and how many files were read. */
export function checkImports(root: string): { files: number; problems: string[] } {
  const files = ['server', 'graders', 'web', 'scripts']
    .flatMap((room) => globSync(`${room}/**/*.{ts,tsx}`, { cwd: root }))
    .filter((file) => !/\/(dist|fixtures|node_modules)\//.test(file))
  const imports = importsOf(root, files)
  return { files: files.length, problems: [...strayImports(imports), ...circles(imports)] }
}

import { execFileSync, spawn } from 'node:child_process'
import { join } from 'node:path'
import { checkImports } from './check/import-rules.ts'
import { missingFromLockfile } from './check/lockfile.ts'

/** `npm run check`: what can be known without running the program. One line a section; what is wrong goes above it. */

const root = join(import.meta.dirname, '..')
/** What tsc knows from last time: the next check costs a tenth of the first. */
const typesSeen = 'node_modules/.cache/tsc.json'
type Outcome = { isFine: boolean; details: string }

const sections: [name: string, check: () => Promise<Outcome> | Outcome][] = [
  ['types', () => command('tsc', ['--noEmit', '--pretty', 'false', '--incremental', '--tsBuildInfoFile', typesSeen])],
  ['lint and format', () => command('biome', ['check', '--colors=off', '--max-diagnostics=200'])],
  ['import rules', importRules],
  ['unused files, exports and packages', () => command('knip', ['--no-progress', '--no-config-hints'])],
  ['lockfile', () => outcome(missingFromLockfile(root))],
]

function importRules(): Outcome {
  const { files, problems } = checkImports(root)
  // A checker that sees nothing passes everything.
  const expected = execFileSync(
    'git',
    ['ls-files', ...['server', 'graders', 'web', 'scripts'].flatMap((room) => [`${room}/*.ts`, `${room}/*.tsx`])],
    {
      cwd: root,
      encoding: 'utf8',
    },
  )
    .split('\n')
    .filter((file) => file && !file.includes('/fixtures/')).length
  if (files < expected) problems.push(`only ${files} of ${expected} files were read`)
  const fixture = checkImports(join(root, 'scripts/fixtures/forbidden-imports'))
  if (fixture.problems.length === 0) problems.push('the fixture with forbidden imports passes')
  return outcome(problems)
}

const outcome = (problems: string[]): Outcome => ({ isFine: problems.length === 0, details: problems.join('\n') })

function command(name: string, args: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(join(root, 'node_modules/.bin', name), args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    let details = ''
    child.stdout.on('data', (chunk) => (details += chunk))
    child.stderr.on('data', (chunk) => (details += chunk))
    child.on('error', (error) => resolve({ isFine: false, details: error.message }))
    child.on('close', (code) => resolve({ isFine: code === 0, details }))
  })
}

let failed = 0
for (const [name, check] of sections) {
  const { isFine, details } = await check()
  if (!isFine) console.log(details.trim())
  console.log(`${isFine ? 'ok    ' : 'FAILED'} ${name}`)
  if (!isFine) failed++
}
console.log(`check: ${sections.length - failed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)

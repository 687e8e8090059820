// `npm test`: everything that must hold, from a fresh clone on. Ends with "N passed, N failed" alone on a line.
// Plain JavaScript for Node 20, because it installs what the rest runs on.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { ensureEngine } from './engine.mjs'
import { installCommand, installPackages, mayInstallPackages } from './packages.mjs'
import { environment, node, repository, setUp } from './setup.mjs'

const total = { passed: 0, failed: 0 }
/** What failed, told once more at the end: the log of a run is long, and some services show only its tail. */
const failures = []
const linesOfAFailure = 12
const add = ({ passed, failed }) => {
  total.passed += passed
  total.failed += failed
}

/** One named step; what it throws is its failure and stops nothing else. */
async function step(name, work) {
  console.log(`\n== ${name}`)
  try {
    add((await work()) ?? { passed: 1, failed: 0 })
  } catch (error) {
    console.log(`FAILED ${name}: ${error.message}`)
    failures.push(`${name}: ${error.message}`)
    add({ passed: 0, failed: 1 })
  }
}

/** Runs a command with its output shown and kept. */
function tell(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: repository, env: environment, stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    child.stdout.on('data', (chunk) => {
      output += chunk
      process.stdout.write(chunk)
    })
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, output }))
  })
}

async function mustRun(...args) {
  const { code } = await tell(...args)
  if (code !== 0) throw new Error(`exit code ${code}`)
}

/** The counts a script prints last. */
async function counted(...args) {
  const { code, output } = await tell(...args)
  const counts = output.match(/(\d+) passed, (\d+) failed\s*$/)
  if (!counts) throw new Error(`exit code ${code}, and no counts`)
  failures.push(...output.split('\n').filter((line) => /^\s*FAILED /.test(line)))
  return { passed: Number(counts[1]), failed: Number(counts[2]) }
}

async function engine() {
  let last = ''
  const isReady = await ensureEngine(({ step: what, message }) => {
    last = message ?? what
    console.log(last)
  })
  if (!isReady) throw new Error(last)
}

async function browser() {
  if (existsSync('/usr/bin/chromium')) return
  if (!mayInstallPackages()) throw new Error(`There is no /usr/bin/chromium. Run: ${installCommand('chromium')}`)
  console.log('Installing the system package chromium.')
  await installPackages(['chromium'])
}

async function vitest() {
  const folder = mkdtempSync(join(tmpdir(), 'drillbase-results-'))
  const resultFile = join(folder, 'vitest.json')
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${resultFile}`]
    const { code } = await tell(node, [join(repository, 'node_modules/vitest/vitest.mjs'), 'run', ...reporters])
    const result = JSON.parse(readFileSync(resultFile, 'utf8'))
    failures.push(...result.testResults.flatMap(failuresOf))
    const skipped = result.numPendingTests + result.numTodoTests
    if (skipped > 0) console.log(`${skipped} tests were skipped, which counts as failed`)
    // A file that cannot be loaded has no tests that could fail.
    const unloaded = result.testResults.filter(
      (file) => file.status === 'failed' && file.assertionResults.length === 0,
    ).length
    const failed = result.numFailedTests + skipped + unloaded
    return { passed: result.numPassedTests, failed: code !== 0 && failed === 0 ? 1 : failed }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Of one test file: its name, the test's and the first lines of the message. */
function failuresOf({ name, message, assertionResults }) {
  const file = relative(repository, name)
  const failed = assertionResults.filter(({ status }) => status === 'failed')
  if (failed.length === 0) return message ? [`${file}: ${message}`] : []
  return failed.map(({ fullName, failureMessages }) => {
    const lines = failureMessages.join('\n').split('\n').slice(0, linesOfAFailure)
    return [`${file}: ${fullName}`, ...lines.map((line) => `    ${line}`)].join('\n')
  })
}

try {
  await setUp((line) => console.log(line))
} catch (error) {
  console.log(`${error.message}\n0 passed, 1 failed`)
  process.exit(1)
}
await step('container engine', engine)
await step('images', () => mustRun(node, ['scripts/images.ts']))
await step('browser', browser)
await tell(node, ['scripts/leftovers.ts'])
await step('check', () => counted(node, ['scripts/check.ts']))
await step('tests', vitest)
await step('exercises', () => counted(node, ['scripts/verify.ts', '--fast']))
await step('nothing left behind', () => mustRun(node, ['scripts/leftovers.ts']))

if (failures.length > 0) console.log(`\n== what failed\n${failures.join('\n')}`)
console.log(`\n${total.passed} passed, ${total.failed} failed`)
process.exit(total.failed === 0 ? 0 : 1)

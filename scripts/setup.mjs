// Brings a clone to where it can run: packages as the lockfile says, the page built. Does nothing when all is there.
// Plain JavaScript for Node 20 and without dependencies, because it runs before there are any.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const repository = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')
const binaries = join(repository, 'node_modules/.bin')
/** The Node that the lockfile names; the machine's own only runs the set-up. */
export const node = join(binaries, 'node')
/** An environment in which `node` is that one for every child as well. */
export const environment = { ...process.env, PATH: `${binaries}${delimiter}${process.env.PATH}` }

/** Idempotent. `say` gets one line before each step that takes time. Rejects with the exit code of the step that failed. */
export async function setUp(say) {
  await installDependencies(say)
  await buildPage(say)
}

async function installDependencies(say) {
  const stampFile = join(repository, 'node_modules/.drillbase-lockfile')
  const wanted = createHash('sha256')
    .update(readFileSync(join(repository, 'package-lock.json')))
    .digest('hex')
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted && existsSync(node)) return
  say('installing packages (npm ci)')
  await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], process.env)
  if (!existsSync(node)) throw new Error(`There is no Node 26 for ${process.platform} ${process.arch} in the lockfile.`)
  writeFileSync(stampFile, wanted)
}

async function buildPage(say) {
  const built = join(repository, 'web/dist/index.html')
  const sources = [
    'web',
    'server/api',
    'server/scheduler',
    'graders/verdict.ts',
    'graders/exercise.ts',
    'package-lock.json',
  ]
  const newest = Math.max(...sources.map((source) => newestIn(join(repository, source))))
  if (existsSync(built) && statSync(built).mtimeMs >= newest) return
  say('building the page (vite build)')
  await run(
    node,
    [join(binaries, 'vite'), 'build', '--logLevel', 'warn', '--config', 'web/vite.config.ts'],
    environment,
  )
}

function newestIn(path) {
  const status = statSync(path)
  if (!status.isDirectory()) return status.mtimeMs
  const inside = readdirSync(path, { withFileTypes: true }).filter(
    (entry) => !['dist', 'e2e', 'node_modules'].includes(entry.name),
  )
  return Math.max(0, ...inside.map((entry) => newestIn(join(path, entry.name))))
}

/** Runs a command in the repository with our output as its own; rejects when it fails. */
export function run(command, args, env = environment) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: repository, env, stdio: ['ignore', 'inherit', 'inherit'] })
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      if (code === 0) resolve()
      else reject(new Error(`${command} ${args.join(' ')} failed (${code ?? signal})`))
    })
  })
}

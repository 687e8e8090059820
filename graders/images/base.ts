import { execFile, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type Docker from 'dockerode'
import { ImageError } from './error.ts'
import { follow } from './follow.ts'
import { mayInstall } from './host.ts'
import type { Registry } from './registry.ts'

const run = promisify(execFile)
const baseReference = 'debian:trixie-slim'
const sourcesOf = (mirror: string) => `deb ${mirror} trixie main
deb ${mirror} trixie-updates main
deb ${mirror}-security trixie-security main
`
// As in the image a registry would serve: documentation and translations are left out of every later install as well.
const excludes = ['doc', 'man', 'info', 'locale', 'lintian']
  .map((part) => `path-exclude /usr/share/${part}/*\n`)
  .join('')

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
  const folder = mkdtempSync(join(tmpdir(), 'drillbase-base-'))
  try {
    await ensureDebootstrap(signal)
    const root = join(folder, 'root')
    mkdirSync(root)
    await run('debootstrap', ['--variant=minbase', 'trixie', root], { signal, maxBuffer: 64 << 20 })
    const sourcesFile = join(root, 'etc/apt/sources.list')
    // The mirror that debootstrap chose.
    const [, mirror = ''] = /^deb (\S+)/m.exec(readFileSync(sourcesFile, 'utf8')) ?? []
    writeFileSync(sourcesFile, sourcesOf(mirror))
    mkdirSync(join(root, 'etc/dpkg/dpkg.cfg.d'), { recursive: true })
    writeFileSync(join(root, 'etc/dpkg/dpkg.cfg.d/no-documentation'), excludes)
    await importRoot(docker, root)
  } catch (cause) {
    signal?.throwIfAborted()
    throw new ImageError(baseReference, `debootstrap failed: ${lastLines(cause)}`, { cause })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function ensureDebootstrap(signal?: AbortSignal): Promise<void> {
  const isThere = await run('debootstrap', ['--version']).then(
    () => true,
    () => false,
  )
  if (isThere) return
  if (!mayInstall()) throw new Error('debootstrap is missing and DRILLBASE_INSTALL=never forbids installing it')
  const install = ['install', '--yes', '--no-install-recommends', 'debootstrap', 'debian-archive-keyring']
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  await run('apt-get', install, { env, signal }).catch(async () => {
    // The package lists may be missing or old.
    await run('apt-get', ['update'], { env, signal })
    await run('apt-get', install, { env, signal })
  })
}

async function importRoot(docker: Docker, root: string): Promise<void> {
  const leftOut = [
    './var/cache/apt',
    './var/lib/apt/lists/*',
    './usr/share/doc',
    './usr/share/man',
    './usr/share/locale',
  ]
  const tar = spawn('tar', ['-C', root, ...leftOut.map((path) => `--exclude=${path}`), '-c', '.'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [repo, tag] = baseReference.split(':')
  const stream = await docker.importImage(tar.stdout, { repo, tag, changes: 'CMD ["bash"]' })
  await follow(stream, () => {})
}

function lastLines(cause: unknown): string {
  const {
    stderr = '',
    stdout = '',
    message = String(cause),
  } = cause as { stderr?: string; stdout?: string; message?: string }
  return (stderr || stdout || message).trim().split('\n').slice(-3).join(' · ')
}

import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, symlinkSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import Docker from 'dockerode'
import { prepareImages } from '../graders/images/images.ts'

const run = promisify(execFile)

/** For tests and benchmarks that hurt a container engine: one of their own, with the images of the machine's. */
export type PrivateDocker = {
  /** For DOCKER_HOST. */
  host: string
  /** All that it writes lies below. */
  home: string
  /** In good order (SIGTERM), as a system's service is restarted; resolves when it answers again. */
  restart(): Promise<void>
  stop(): Promise<void>
}

const startMs = 30_000

/**
 * Makes the graders' images on the machine's engine where they are missing, then starts dockerd with data, sockets and containers of its own. The images' layers are links to those of the machine's
 * engine, and are only ever read: seconds and no space. With `diskMb` its disk has only so much room. Needs root and the overlay2 driver, and says so.
 */
export async function startPrivateDocker({ diskMb }: { diskMb?: number } = {}): Promise<PrivateDocker> {
  const shared = new Docker()
  const { DockerRootDir: from, Driver } = await shared.info()
  if (process.getuid?.() !== 0 || Driver !== 'overlay2' || !existsSync(from))
    throw new Error(`a container engine of its own needs root, overlay2 and ${from}`)
  await prepareImages(shared, { onProgress() {} })
  // Beside it, because a folder for temporary files may lie on a file system that overlays cannot lie upon.
  const home = mkdtempSync(join(dirname(from), 'drillbase-docker-'))
  if (diskMb !== undefined) await run('mount', ['-t', 'tmpfs', '-o', `size=${diskMb}m`, 'none', home])
  const root = join(home, 'root')
  await linkImages(shared, from, root)

  const host = `unix://${join(home, 'docker.sock')}`
  const log = join(home, 'dockerd.log')
  let daemon: ChildProcess
  const start = async () => {
    const output = openSync(log, 'a')
    // No bridge and no firewall, as scripts/engine.mjs starts it.
    const flags = ['--bridge=none', '--iptables=false', '--ip6tables=false', '--ip-forward=false', '--ip-masq=false']
    const own = [
      `--data-root=${root}`,
      `--exec-root=${join(home, 'exec')}`,
      `--pidfile=${join(home, 'pid')}`,
      '-H',
      host,
    ]
    daemon = spawn('dockerd', [...flags, ...own, '--shutdown-timeout=2'], { stdio: ['ignore', output, output] })
    closeSync(output)
    const docker = new Docker({ socketPath: join(home, 'docker.sock') })
    for (const deadline = Date.now() + startMs; ; await new Promise((resolve) => setTimeout(resolve, 100))) {
      if (await docker.ping().catch(() => null)) return
      if (Date.now() > deadline || daemon.exitCode !== null)
        throw new Error(`dockerd does not start: ${readFileSync(log, 'utf8').slice(-2_000)}`)
    }
  }
  const end = async () => {
    const ended = once(daemon, 'exit')
    daemon.kill('SIGTERM')
    await ended
  }
  await start()
  return {
    host,
    home,
    async restart() {
      await end()
      await start()
    },
    async stop() {
      await end()
      if (diskMb !== undefined) await run('umount', ['-l', home])
      await run('rm', ['-rf', '--one-file-system', home])
    },
  }
}

/** Copies what dockerd knows of its images, and links the layers of those that this program made or uses. */
async function linkImages(docker: Docker, from: string, root: string): Promise<void> {
  const layers = new Set<string>()
  for (const { Id, RepoTags } of await docker.listImages()) {
    if (!RepoTags?.some((tag) => !tag.startsWith('<none>'))) continue
    const { Data } = (await docker.getImage(Id).inspect()).GraphDriver
    const { LowerDir = '', UpperDir = '' } = Data as { LowerDir?: string; UpperDir?: string }
    for (const folder of [...LowerDir.split(':'), UpperDir]) if (folder !== '') layers.add(basename(dirname(folder)))
  }
  mkdirSync(join(root, 'image'), { recursive: true })
  mkdirSync(join(root, 'overlay2'))
  await run('cp', ['-a', join(from, 'image', 'overlay2'), join(root, 'image')])
  await run('cp', ['-a', join(from, 'overlay2', 'l'), join(root, 'overlay2')])
  for (const layer of layers) symlinkSync(join(from, 'overlay2', layer), join(root, 'overlay2', layer))
}

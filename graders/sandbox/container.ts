import { randomInt } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { ContainerCreateOptions } from 'dockerode'
import type { Limits } from '../exercise.ts'

const mebibyte = 1024 * 1024

// Docker takes the profile's text, so it is read once and sent with every container.
const seccomp = JSON.stringify(JSON.parse(readFileSync(new URL('./seccomp.json', import.meta.url), 'utf8')))

/**
 * A user for each sandbox, which no image knows or needs to know: what the kernel counts for a user and not for a container
 * (inotify instances, pending signals, pages of pipes, descriptors in flight) nobody uses up for another. Within what an engine
 * with remapped ids has.
 */
const users = { first: 30_000, end: 60_000 }

export type SandboxOptions = {
  /** A reference of runner-node or runner-python. */
  image: string
  /** Whose loopback the sandbox shares; null gives it one of its own, with nothing on it. */
  gateContainerId: string | null
  limits: Pick<Limits, 'memoryMb' | 'pids' | 'outputBytes'>
  /** Modules to load before the submission comes, by their import names. */
  drivers: string[]
  labels: Record<string, string>
  /** OCI runtime; undefined is the engine's default. */
  runtime?: string
}

/** Everything that keeps a submission in: read it as a list of what it can't do. */
export function containerOptions(options: SandboxOptions): ContainerCreateOptions {
  const { image, gateContainerId, limits, drivers, labels, runtime } = options
  const memoryBytes = limits.memoryMb * mebibyte
  const user = randomInt(users.first, users.end)
  return {
    Image: image,
    Entrypoint: ['/bin/sh', '/runner/start.sh'],
    Cmd: [],
    User: `${user}:${user}`,
    WorkingDir: '/tmp',
    Env: [
      `DRIVERS=${drivers.join(',')}`,
      `HEAP_MB=${limits.memoryMb}`,
      'HOME=/tmp',
      'LANG=C.UTF-8',
      // glibc keeps a heap a thread; with 64 threads most of a small limit would go there.
      'MALLOC_ARENA_MAX=2',
    ],
    Labels: { 'org.drillbase': '1', ...labels },
    // A joined namespace brings its own name, and Docker refuses both.
    ...(gateContainerId === null ? { Hostname: 'sandbox' } : {}),
    Tty: false,
    OpenStdin: true,
    StdinOnce: true,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    HostConfig: {
      NetworkMode: gateContainerId === null ? 'none' : `container:${gateContainerId}`,
      IpcMode: 'private',
      ShmSize: 8 * mebibyte,
      ReadonlyRootfs: true,
      Tmpfs: { '/box': tmpfs(8, '0700', user), '/tmp': tmpfs(16, '1777', user) },
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges', `seccomp=${seccomp}`],
      // One more for the shell that outlives the runner.
      PidsLimit: limits.pids + 1,
      Memory: memoryBytes,
      MemorySwap: memoryBytes,
      NanoCpus: 1_000_000_000,
      Ulimits: [
        { Name: 'nofile', Soft: 1_024, Hard: 1_024 },
        { Name: 'fsize', Soft: 16 * mebibyte, Hard: 16 * mebibyte },
        { Name: 'core', Soft: 0, Hard: 0 },
      ],
      // Docker's own log of the output grows without bound under a flood; the worker keeps what it needs.
      LogConfig: { Type: 'none', Config: {} },
      RestartPolicy: { Name: 'no' },
      ...(runtime === undefined ? {} : { Runtime: runtime }),
    },
  }
}

/** Full when it is full: its bytes count as the container's memory. */
const tmpfs = (sizeMb: number, mode: string, user: number): string =>
  `rw,noexec,nosuid,nodev,size=${sizeMb}m,nr_inodes=2048,mode=${mode},uid=${user},gid=${user}`

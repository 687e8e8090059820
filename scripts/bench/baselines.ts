import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { text } from 'node:stream/consumers'
import type Docker from 'dockerode'
import { type ImagesByName, startEngine } from '../../graders/engines/start.ts'
import { type EngineKind, extensionOf, type Language } from '../../graders/exercise.ts'
import { labels } from '../../graders/slot/owner.ts'
import { type BenchExercise, benchExercise } from './exercises.ts'

/** What the same suite and reference take without our grader. Each resolves with milliseconds, and rejects unless all tests pass. */

const repository = join(import.meta.dirname, '..', '..')
/** Run directly: `npx` would add its own time to the baseline. */
const vitest = join(repository, 'node_modules', 'vitest', 'vitest.mjs')

export type BaselineHost = {
  docker: Docker
  images: ImagesByName /** With node and Python in it. */
  sandboxImage: string
}

/** (c) vitest on this machine: the kit's local back end starts the engine; TypeScript is imported in the test process. */
export async function local(kind: EngineKind): Promise<number> {
  return run(benchExercise(kind), {})
}

/** (c) with an engine that is up already, leased for this run alone: the fairer figure. */
export async function localWithEngineUp(host: BaselineHost, kind: EngineKind): Promise<number> {
  return withFolder(async (folder) => {
    const engine = await openEngine(host, kind, folder)
    try {
      return await run(benchExercise(kind), { DRILLBASE_ENGINES: engine.leases })
    } finally {
      await engine.stop()
    }
  })
}

/** (d) The usual design: a new engine container, then a new sandbox container, and vitest inside it. */
export async function usual(host: BaselineHost, kind: EngineKind, language: Language): Promise<number> {
  const exercise = benchExercise(kind)
  return withFolder(async (folder) => {
    const began = performance.now()
    const engine = await openEngine(host, kind, folder)
    const container = await host.docker.createContainer({
      Image: host.sandboxImage,
      Labels: labels,
      Entrypoint: ['node'],
      Cmd: [vitest, ...argumentsOf(exercise)],
      WorkingDir: repository,
      User: '0:0',
      Env: [`DRILLBASE_ENGINES=${engine.leases}`, `DRILLBASE_SUBMISSION=reference/solution.${extensionOf[language]}`],
      HostConfig: {
        NetworkMode: 'none',
        Binds: [`${repository}:${repository}:ro`, `${folder}:${folder}`],
        Tmpfs: { '/tmp': 'rw,exec,size=64m', [join(repository, 'node_modules', '.vite-temp')]: 'rw' },
        Memory: 1024 ** 3,
      },
    })
    try {
      await container.start()
      const { StatusCode } = (await container.wait()) as { StatusCode: number }
      const ms = performance.now() - began
      if (StatusCode !== 0)
        throw new Error(`vitest in a container: ${await container.logs({ stdout: true, stderr: true })}`)
      return ms
    } finally {
      await container.remove({ force: true, v: true })
      await engine.stop()
    }
  })
}

async function openEngine({ docker, images }: BaselineHost, kind: EngineKind, folder: string) {
  const engine = await startEngine(kind, { docker, images, folder: join(folder, 'e'), labels })
  const leases = join(folder, 'engines.json')
  await writeFile(leases, JSON.stringify([await engine.lease(benchExercise(kind).exercise.grants)]))
  return { leases, stop: () => engine.stop() }
}

async function run(exercise: BenchExercise, environment: Record<string, string>): Promise<number> {
  const began = performance.now()
  const child = spawn(process.execPath, [vitest, ...argumentsOf(exercise)], {
    cwd: repository,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [said, [code]] = await Promise.all([
    Promise.all([text(child.stdout), text(child.stderr)]),
    once(child, 'close') as Promise<[number]>,
  ])
  if (code !== 0) throw new Error(`vitest: ${said.join('\n')}`)
  return performance.now() - began
}

const argumentsOf = ({ folder }: BenchExercise): string[] => [
  'run',
  '--config',
  'scripts/bench/vitest.config.ts',
  relative(repository, join(folder, 'hidden.test.ts')),
]

async function withFolder<T>(body: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'drillbase-'))
  try {
    return await body(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

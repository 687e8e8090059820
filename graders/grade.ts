import { mkdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type Docker from 'dockerode'
import { type GradeOnce, gradeFairly } from './canary.ts'
import type { Exercise, Language } from './exercise.ts'
import { type GradersHealth, HealthBoard } from './health.ts'
import { type ImageName, prepareImages, type ResolvedImage } from './images/images.ts'
import type { GradeEvent, GradeJob, GradeResult } from './job.ts'
import { grade } from './pipeline.ts'
import { type RunJob, type RunResult, run } from './run.ts'
import { EnginePool } from './slot/engine-pool.ts'
import { ExpectedSandboxes } from './slot/expected-sandboxes.ts'
import { needsOf, runnerOf } from './slot/first-sandbox.ts'
import { GatePool } from './slot/gate-pool.ts'
import { JudgePool } from './slot/judge-pool.ts'
import { Permits } from './slot/permits.ts'
import { Refills } from './slot/refills.ts'
import { SandboxPool } from './slot/sandbox-pool.ts'
import { makeOwnFolder, removeEnded, sweep } from './slot/sweep.ts'
import { WarmMemory } from './slot/warm-memory.ts'
import { ContainerWatch } from './slot/watch.ts'

export type { EngineHealth, GradersHealth } from './health.ts'
export type { GradeEvent, GradeJob, GradeResult } from './job.ts'

/** The door of this folder: what the grading worker and the verify command use. */

export interface Graders {
  health(): GradersHealth
  /** Called on every change of health. */
  onHealth(listener: (health: GradersHealth) => void): void
  /** Finds or builds images, sweeps what a crash left, fills the warm pool. Resolves when every image is ready or has failed. */
  prepare(): Promise<void>
  /** Whether every image that this exercise needs is there. */
  canGrade(exercise: Exercise, language: Language): boolean
  /** Whether the container engine answers now. While it does not, nothing can be graded and no attempt would tell anything. */
  answers(): Promise<boolean>
  /** Somebody opened this exercise: what its slot needs is made ready in the background. */
  warm(exercise: Exercise, language: Language): void
  /** What the submissions that wait will need, the next one first. Until they no longer wait nothing else is made ready. */
  announce(waiting: { exercise: Exercise; language: Language }[]): void
  /** Never rejects for something the submission did. Rejects with the signal's reason when aborted. */
  grade(job: GradeJob, on: (event: GradeEvent) => void, signal?: AbortSignal): Promise<GradeResult>
  /** The sample instead of the hidden suite (run.ts). Rejects with RunBroke for what is ours, or the signal's reason. */
  run(job: RunJob, on: (event: GradeEvent) => void, signal?: AbortSignal): Promise<RunResult>
  close(): Promise<void>
}

export type GradersConfig = {
  /** Folder for slots' sockets; kept short, because a unix socket's path may have 107 bytes. */
  runFolder: string
  /** How many slots may exist at once. */
  maxSlots: number
  /** Unused engines kept ready of each kind. */
  warmEngines: number
  warmSandboxes: number
  /** What all unused judges, engines and sandboxes may take together; no limit unless set. */
  warmBytes?: number
  /** OCI runtime for sandboxes, undefined is the engine's default. */
  sandboxRuntime?: string
}

const pingMs = 5_000

/** Nothing is started yet: call prepare(). `docker` need not answer before that. */
export function createGraders(config: GradersConfig, docker: Docker): Graders {
  const board = new HealthBoard(() => ({
    busySlots: permits.taken,
    bytes: memory.bytes,
    judges: judges.ready,
    engines: engines.ready(),
    sandboxes: sandboxes.ready(),
  }))
  const refills = new Refills()
  const memory = new WarmMemory(config.warmBytes ?? Number.POSITIVE_INFINITY)
  const shared = { refills, memory, onChange: () => board.noteWarmth() }
  const images = new Map<ImageName, ResolvedImage>()
  const permits = new Permits(config.maxSlots)
  const background = new Set<Promise<unknown>>()
  const stopping = new AbortController()
  let ownFolder: string | null = null
  let folders = 0
  const newFolder = () => {
    if (ownFolder === null) throw new Error('the graders are not prepared')
    // Also when somebody cleaned up behind our back: what is made again must be ours alone as before.
    mkdirSync(ownFolder, { recursive: true, mode: 0o700 })
    return join(ownFolder, (folders++).toString(36))
  }
  const inBackground = (work: Promise<unknown>) => {
    // What failed to open has been reported; what fails to close is found by the next sweep.
    const kept = work.catch(() => {}).finally(() => background.delete(kept))
    background.add(kept)
  }

  const engines = new EnginePool(docker, () => images, newFolder, config.warmEngines, shared)
  const gates = new GatePool(docker, () => images, newFolder, Math.min(config.warmSandboxes, config.maxSlots), shared)
  const sandboxes = new SandboxPool(
    () => ({ docker, images, runtime: config.sandboxRuntime, gates }),
    config.warmSandboxes,
    shared,
  )
  const judges = new JudgePool(config.maxSlots, shared)
  const watch = new ContainerWatch(docker, (before) => inBackground(removeEnded(docker, before)))
  const expected = new ExpectedSandboxes()
  const sources = { engines, sandboxes, watch, expected, newFolder, judges }

  const neededBy = (exercise: Exercise, language: Language): ImageName[] => [
    'gate',
    runnerOf[language],
    ...exercise.engines,
  ]
  const canGrade = (exercise: Exercise, language: Language) =>
    neededBy(exercise, language).every((name) => images.has(name))

  async function withPermit<T>(
    signal: AbortSignal | undefined,
    work: (gradeOnce: GradeOnce) => Promise<T>,
  ): Promise<T> {
    const served = refills.hold()
    const leave = await permits.take(signal).catch((reason) => {
      served()
      throw reason
    })
    const closing: Promise<unknown>[] = []
    try {
      return await work(async (job, on) => {
        // The slot before is given back first: there are never two of one permit.
        await Promise.allSettled(closing)
        const heard = (event: GradeEvent) => {
          if (event.type === 'running') served()
          on(event)
        }
        return grade({ ...sources, inBackground: (closed) => closing.push(closed) }, job, heard, signal)
      })
    } finally {
      served()
      // Inside until the slot is given back, so that there are never more containers than slots.
      inBackground(
        Promise.allSettled(closing).then(() => {
          leave()
          judges.refill()
          shared.onChange()
        }),
      )
    }
  }

  return {
    health: () => board.read(),
    onHealth: (listener) => board.onChange(listener),
    canGrade,
    answers: () =>
      Promise.race([docker.ping(), wait(pingMs, null, { ref: false })]).then(
        (answer) => answer !== null,
        () => false,
      ),
    async prepare() {
      try {
        await docker.ping()
      } catch (error) {
        return board.enter('unavailable', `no container engine answers: ${(error as Error).message}`)
      }
      board.enter('preparing')
      watch.start()
      await sweep(docker, config.runFolder)
      ownFolder ??= await makeOwnFolder(config.runFolder)
      try {
        await prepareImages(docker, {
          signal: stopping.signal,
          onProgress: (progress) => board.note(progress),
          onReady(image) {
            images.set(image.name, image)
            board.noteReady(image)
          },
        })
        board.enter('ready')
      } catch (error) {
        if (!stopping.signal.aborted) board.enter('unavailable', (error as Error).message)
      }
      judges.refill()
    },
    warm(exercise, language) {
      if (!canGrade(exercise, language)) return
      judges.warm(exercise.engines)
      sandboxes.refill(needsOf(exercise, language))
      for (const kind of exercise.engines) engines.refill(kind)
    },
    announce(waiting) {
      const next = waiting.filter(({ exercise, language }) => canGrade(exercise, language))
      sandboxes.announce(next.map(({ exercise, language }) => needsOf(exercise, language)))
      judges.announce(next[0]?.exercise.engines ?? null)
      for (const kind of next.flatMap(({ exercise }) => exercise.engines)) engines.refill(kind)
    },
    grade: (job, on, signal) => withPermit(signal, (gradeOnce) => gradeFairly(gradeOnce, job, on)),
    run: (job, on, signal) => withPermit(signal, (gradeOnce) => run(gradeOnce, job, on)),
    async close() {
      stopping.abort()
      watch.stop()
      await Promise.all(background)
      await Promise.all([judges.close(), sandboxes.close(), engines.close()])
      await gates.close()
      if (ownFolder !== null) await rm(ownFolder, { recursive: true, force: true })
    },
  }
}

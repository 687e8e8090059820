import type { EngineKind, Exercise, Language } from './exercise.ts'
import type { ImageName, ImageProgress, ResolvedImage } from './images/images.ts'
import type { JudgeEvent } from './judge/order.ts'
import type { Evidence, TestResult, Verdict } from './verdict.ts'

/** The door of this folder: what the grading worker and the verify command use. */

export type GradeJob = {
  /** Absolute folder of the exercise (exercise.yaml, hidden.test.ts, reference/…). */
  folder: string
  exercise: Exercise
  language: Language
  code: string
  seed: string
  /** For verify's fast form. */
  only?: string[]
  stopAtFirstFailure?: boolean
}

export type GradeEvent = { type: 'preparing'; step: string } | { type: 'running' } | JudgeEvent

export type GradeResult = {
  verdict: Verdict
  tests: TestResult[]
  /** What the submission printed, capped; and the trace of the error that ended it, in the learner's own lines. */
  output: { text: string; truncated: boolean }
  error: string | null
  timings: { slotMs: number; loadMs: number; testsMs: number; totalMs: number }
  engines: { kind: EngineKind; product: string; reference: string }[]
  traffic: Partial<Record<EngineKind, { connections: number; roundTrips: number; bytesUp: number; bytesDown: number }>>
  evidence: Evidence
  seed: string
  /** For the operator: why it is an internal-error. Never sent to a learner. */
  incident: string | null
}

export type EngineHealth = {
  image: string | null
  version: string | null
  state: 'waiting' | 'pulling' | 'building' | 'ready' | 'failed'
  step: string | null
  message: string | null
}
export type GradersHealth = {
  /** `unavailable`: no container engine; `message` says what is missing and how to add it. */
  state: 'starting' | 'preparing' | 'ready' | 'unavailable'
  message: string | null
  engines: Record<EngineKind, EngineHealth>
  images: ImageProgress[]
}

export interface Graders {
  health(): GradersHealth
  /** Called on every change of health. */
  onHealth(listener: (health: GradersHealth) => void): void
  /** Finds or builds images, sweeps what a crash left, fills the warm pool. Resolves when every image is ready or has failed. */
  prepare(): Promise<void>
  /** Whether every image that this exercise needs is there. */
  canGrade(exercise: Exercise, language: Language): boolean
  /** Never rejects for something the submission did. Rejects with the signal's reason when aborted. */
  grade(job: GradeJob, on: (event: GradeEvent) => void, signal?: AbortSignal): Promise<GradeResult>
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
  /** OCI runtime for sandboxes, undefined is the engine's default. */
  sandboxRuntime?: string
}

export type ImagesByName = Map<ImageName, ResolvedImage>

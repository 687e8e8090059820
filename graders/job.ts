import type { EngineKind, Exercise, Language } from './exercise.ts'
import type { JudgeEvent, SuiteName } from './judge/order.ts'
import type { Traffic } from './traffic.ts'
import type { Evidence, TestResult, Verdict } from './verdict.ts'

export type GradeJob = {
  /** Absolute folder of the exercise (exercise.yaml, hidden.test.ts, reference/…). */
  folder: string
  exercise: Exercise
  language: Language
  code: string
  seed: string
  /** Undefined is the hidden one. */
  suite?: SuiteName
  /** Decides the order of the tests alone; `seed` where it is left out. */
  shuffleSeed?: string
  /** No retry follows: what broke is looked into with the reference solution, so that it is laid at the right door. */
  lastAttempt?: boolean
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
  traffic: Partial<Record<EngineKind, Traffic>>
  evidence: Evidence
  seed: string
  /** For the operator: why it is an internal-error. Never sent to a learner. */
  incident: string | null
}

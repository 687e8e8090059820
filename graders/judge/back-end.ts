import type { EngineAccess } from '../engines/engine.ts'
import type { EngineKind, Exercise, Language, ResultSchema } from '../exercise.ts'
import type { DynamodbProxy } from './dynamodb-proxy.ts'
import type { OwnedProxy } from './proxy.ts'
import type { SampleLog } from './show.ts'

/** One process of the submission, wherever it runs. Calls reject with the classes of sandbox/errors.ts. */
export interface SubmissionProcess {
  readonly ended: boolean
  /** Calls without an answer yet. */
  readonly openCalls: number
  /** Assertions that failed inside callbacks, where the submission may have swallowed them. */
  readonly callbackFailures: Error[]
  call(fn: string, args: unknown[], schema: ResultSchema): Promise<unknown>
  /** Stops what has a `stop` and was not told to. */
  forgottenHandles(): (() => Promise<unknown>)[]
  kill(): Promise<void>
  pause(): Promise<void>
  unpause(): Promise<void>
  rssBytes(): Promise<number>
}

/** One leased engine behind its proxy. */
export type EngineLink<A extends EngineAccess = EngineAccess> = {
  access: A
  proxy: A extends { kind: 'dynamodb' } ? DynamodbProxy : OwnedProxy & { seen(): number }
  /** Where a submission finds it, on 127.0.0.1. */
  port: number
  pause(): Promise<void>
  unpause(): Promise<void>
  restart(): Promise<void>
}

/** What the kit stands on: the slot (inside the judge's process), or this machine (an author's `npx vitest` on one file). */
export interface BackEnd {
  readonly exercise: Exercise
  readonly language: Language
  readonly seed: string
  /** Null for a hidden suite. */
  readonly sample: SampleLog | null
  engine<K extends EngineKind>(kind: K): EngineLink<Extract<EngineAccess, { kind: K }>>
  /** The process that `submission` stands for, loaded and ready. */
  main(): Promise<SubmissionProcess>
  /** A new one in place of a `main` that ended, and whether in a test that failed. Rejects with LoadFailed. */
  replaceMain(after: { failed: boolean }): Promise<SubmissionProcess>
  /** One beside it. Rejects with LoadFailed. */
  start(options: { clockSkewMs: number }): Promise<SubmissionProcess>
  /** Closed with it. */
  keep(handle: { close(): Promise<void> }): void
  /** Null where it is not closed with the suite, because a verdict waits for no good-byes. */
  readonly close: (() => Promise<void>) | null
}

let provided: BackEnd | null = null

/** The judge says, before it imports a suite, what the kit stands on. */
export function provideBackEnd(backEnd: BackEnd): void {
  provided = backEnd
}
export const providedBackEnd = (): BackEnd | null => provided

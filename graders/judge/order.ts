import type { EngineAccess } from '../engines/engine.ts'
import type { EngineKind, Exercise, Language } from '../exercise.ts'
import type { Inventory, ShownLine } from '../sample.ts'
import type { Traffic } from '../traffic.ts'
import type { TestResult } from '../verdict.ts'

/** What crosses between the worker and the judge's process: plain data only, over Node's IPC channel. */

/** The two suites that an exercise may have: `hidden` decides on a verdict, `sample` shows what the code does. */
export type SuiteName = 'hidden' | 'sample'

export const testNamesOf = (suite: SuiteName, { tests }: Exercise): string[] =>
  suite === 'sample' ? ['sample'] : tests.map(({ name }) => name)

export type JudgeOrder = {
  suite: SuiteName
  /** Absolute path of hidden.test.ts or sample.test.ts. */
  suiteFile: string
  exercise: Exercise
  language: Language
  code: string
  /** All that is random in the run comes from it. */
  seed: string
  /** Decides the order of the tests alone; `seed` where it is left out. */
  shuffleSeed?: string
  engines: { access: EngineAccess /** Where the judge's proxy listens, for the gate to dial. */; gateSocket: string }[]
  /** Run only these tests (verify's fast form); undefined runs all. */
  only?: string[]
  stopAtFirstFailure?: boolean
}

/** What the judge may ask of the worker, and nothing else: it has no container socket. */
export interface JudgeHost {
  /** Starts another sandbox; the RPC stream of its runner is then reachable at `socket`. */
  openSandbox(options: { clockSkewMs: number }): Promise<{ id: string; socket: string }>
  /** SIGKILL; resolves when it is gone. */
  killSandbox(id: string): Promise<void>
  pauseSandbox(id: string): Promise<void>
  unpauseSandbox(id: string): Promise<void>
  /** Resident memory in bytes, read from its cgroup. */
  sandboxMemoryBytes(id: string): Promise<number>
  pauseEngine(kind: EngineKind): Promise<void>
  unpauseEngine(kind: EngineKind): Promise<void>
  restartEngine(kind: EngineKind): Promise<void>
}

export type JudgeEvent =
  | { type: 'loaded'; ms: number }
  | { type: 'test-started'; name: string }
  | { type: 'test-ended'; result: TestResult }
  | { type: 'shown'; line: ShownLine }
  | { type: 'inventory'; engines: Inventory[] }

/** Everything the judge saw; the container engine's word (OOM, exit codes, output) is added by the worker. */
export type JudgeReport = {
  load: { outcome: 'loaded' | 'compile-error' | 'runtime-error' | 'deadline' | 'not-tried'; message: string | null }
  tests: TestResult[]
  protocolViolation: string | null
  suiteDeadline: boolean
  timings: { loadMs: number; testsMs: number }
  /** The last word of each process that still answers, by its sandbox (PROTOCOL.md, bye). */
  farewells: Record<string, string>
  /** Figures per engine for the learner: what the proxies counted over the whole run. */
  traffic: Partial<Record<EngineKind, Traffic>>
}

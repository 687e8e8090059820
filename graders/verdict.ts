/**
 * Evidence in, verdict out. Pure, and it imports nothing: the page shows verdicts, the store keeps them, the graders find them.
 * Claims of the sandbox (an error name, a timing) are shown to the learner and never decide anything here, except against the
 * submission itself.
 */

export const verdicts = [
  'accepted',
  'wrong-answer',
  'compile-error',
  'runtime-error',
  'time-limit',
  'memory-limit',
  'output-limit',
  'protocol-error',
  'internal-error',
] as const
export type Verdict = (typeof verdicts)[number]

export const statuses = ['queued', 'preparing', 'running', 'done', 'cancelled', 'superseded', 'dead'] as const
export type Status = (typeof statuses)[number]

export const testOutcomes = ['passed', 'failed', 'timed-out', 'not-run'] as const

/** What became of one hidden test. `message` is for the learner (the submission's own error); `detail` for the operator. */
export type TestResult = {
  name: string
  outcome: (typeof testOutcomes)[number]
  ms: number
  message: string | null
  detail: string | null
  /** Why it failed, as the judge saw it from outside. `judge`: the suite or the kit itself threw something unexpected. */
  cause: 'assertion' | 'submission-error' | 'sandbox-exit' | 'deadline' | 'protocol' | 'judge' | null
}

/** What the container engine said of one process of the submission after it ended or was killed by us. */
export type SandboxEvidence = {
  exitedByItself: boolean
  /** SIGKILL that was neither ours nor the kernel's for want of memory, or the container is gone. */
  killedByStranger: boolean
  exitCode: number | null
  oomKilled: boolean
  outputLimit: boolean
}

export type Evidence = {
  expectedTests: string[]
  tests: TestResult[]
  load: { outcome: 'loaded' | 'compile-error' | 'runtime-error' | 'deadline' | 'not-tried'; message: string | null }
  sandboxes: SandboxEvidence[]
  protocolViolation: string | null
  suiteDeadline: boolean
  /** `out-of-memory`: of its own heap, which holds nothing but what the submission answered or left in an engine. */
  judge: 'finished' | 'crashed' | 'killed-by-deadline' | 'out-of-memory'
  /** The kernel killed a process of an engine that had no memory left; nobody but the submission uses it. */
  engineOutOfMemory: boolean
  enginesHealthy: boolean
  /** What somebody else did to gate, engines or sandboxes during the run (paused, killed, restarted), which no submission can. */
  meddling: string | null
}

/**
 * The first rule that applies decides. Ours before theirs: evidence that the judge or an engine broke by itself makes
 * everything else doubtful, unless the kernel says that it was their memory. A limit before a failed test: the failure is its consequence.
 */
export function verdictOf(evidence: Evidence): Verdict {
  const { tests, load, sandboxes, expectedTests } = evidence
  if (evidence.judge === 'crashed') return 'internal-error'
  if (evidence.engineOutOfMemory || evidence.judge === 'out-of-memory') return 'memory-limit'
  if (!evidence.enginesHealthy) return 'internal-error'
  if (sandboxes.some((sandbox) => sandbox.oomKilled)) return 'memory-limit'
  if (evidence.meddling !== null || sandboxes.some((sandbox) => sandbox.killedByStranger)) return 'internal-error'
  if (sandboxes.some((sandbox) => sandbox.outputLimit)) return 'output-limit'
  if (evidence.protocolViolation !== null) return 'protocol-error'
  if (load.outcome === 'compile-error') return 'compile-error'
  if (load.outcome === 'runtime-error') return 'runtime-error'
  if (load.outcome === 'deadline') return 'time-limit'
  if (load.outcome === 'not-tried') return 'internal-error'
  if (tests.some((test) => test.cause === 'judge')) return 'internal-error'
  if (sandboxes.some((sandbox) => sandbox.exitedByItself)) return 'runtime-error'
  if (tests.some((test) => test.outcome === 'timed-out')) return 'time-limit'
  if (evidence.suiteDeadline || evidence.judge === 'killed-by-deadline') return 'time-limit'
  if (tests.some((test) => test.outcome === 'failed')) return 'wrong-answer'
  const passed = tests.filter((test) => test.outcome === 'passed').map((test) => test.name)
  const complete =
    passed.length === tests.length &&
    passed.length === expectedTests.length &&
    expectedTests.every((name) => passed.includes(name))
  return complete && passed.length > 0 ? 'accepted' : 'internal-error'
}

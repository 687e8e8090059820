import type { EngineKind } from './exercise.ts'
import type { GradeEvent, GradeJob, GradeResult } from './job.ts'
import type { Inventory, ShownLine } from './sample.ts'
import type { Verdict } from './verdict.ts'

export type RunJob = Pick<GradeJob, 'folder' | 'exercise' | 'language' | 'code' | 'seed'>

/** What became of sample.test.ts with the learner's code. No verdict: nothing is expected of it. */
export type RunResult = {
  /** Why it did not come to its end; null where it did. */
  problem: { code: RunProblem; message: string | null } | null
  shown: ShownLine[]
  /** Empty where the sample did not get so far. */
  inventory: Inventory[]
  output: GradeResult['output']
  timings: GradeResult['timings']
  engines: { kind: EngineKind; product: string }[]
  traffic: GradeResult['traffic']
}

/** `stopped`: the sample could not go on, for instance because a table that it needs is gone. */
export const runProblems = [
  'compile-error',
  'runtime-error',
  'time-limit',
  'memory-limit',
  'output-limit',
  'protocol-error',
  'stopped',
] as const
export type RunProblem = (typeof runProblems)[number]

/** Something of ours broke; the run may be repeated. `incident` is for the operator. */
export class RunBroke extends Error {
  override readonly name = 'RunBroke'
  readonly code = 'run-broke'
}

/**
 * Runs the sample by the machinery that grades: same slot, same limits, same judge. Rejects with RunBroke for what is ours, with
 * the signal's reason when aborted.
 */
export async function run(
  grade: (job: GradeJob, on: (event: GradeEvent) => void) => Promise<GradeResult>,
  job: RunJob,
  on: (event: GradeEvent) => void,
): Promise<RunResult> {
  const shown: ShownLine[] = []
  let inventory: Inventory[] = []
  const result = await grade({ ...job, suite: 'sample' }, (event) => {
    if (event.type === 'shown') shown.push(event.line)
    if (event.type === 'inventory') inventory = event.engines
    on(event)
  })
  if (result.verdict === 'internal-error') throw new RunBroke(result.incident ?? 'odd evidence')
  const { output, timings, traffic } = result
  const engines = result.engines.map(({ kind, product }) => ({ kind, product }))
  return { problem: problemOf(result), shown, inventory, output, timings, engines, traffic }
}

const problemOfVerdict: Record<Exclude<Verdict, 'accepted' | 'internal-error'>, RunProblem> = {
  'compile-error': 'compile-error',
  'runtime-error': 'runtime-error',
  'time-limit': 'time-limit',
  'memory-limit': 'memory-limit',
  'output-limit': 'output-limit',
  'protocol-error': 'protocol-error',
  'wrong-answer': 'stopped',
}

function problemOf({ verdict, error, tests }: GradeResult): RunResult['problem'] {
  if (verdict === 'accepted' || verdict === 'internal-error') return null
  return { code: problemOfVerdict[verdict], message: error ?? tests[0]?.message ?? null }
}

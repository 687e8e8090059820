import { join } from 'node:path'
import type { GradeEvent, GradeJob } from './job.ts'
import { type JudgeReport, testNamesOf } from './judge/order.ts'
import { JudgeCrashed, type JudgeProcess } from './judge/process.ts'
import { judgeGraceMs } from './slot/limits.ts'
import type { Slot } from './slot/slot.ts'
import type { Evidence, TestResult } from './verdict.ts'

/** What a judge told, completed where it could not finish. */
export type Judged = Pick<Evidence, 'judge' | 'tests' | 'load' | 'protocolViolation' | 'suiteDeadline'> &
  Pick<JudgeReport, 'traffic' | 'timings' | 'farewells'> & { incident: string | null }

/**
 * Lets the judge run the suite, for as long as the exercise's limits allow and a little more; then it is killed. One that
 * reports lives on: with it go the connections of the submission, which must not end before it was looked at.
 */
export async function runSuite(
  judge: JudgeProcess,
  slot: Slot,
  job: GradeJob,
  on: (event: GradeEvent) => void,
  signal?: AbortSignal,
): Promise<Judged> {
  const { limits } = job.exercise
  const began = performance.now()
  const ended: TestResult[] = []
  let loadMs: number | null = null
  let outOfTime = false
  const kill = () => void judge.kill()
  signal?.addEventListener('abort', kill, { once: true })
  const deadline = setTimeout(
    () => {
      outOfTime = true
      kill()
    },
    limits.loadMs + limits.suiteMs + judgeGraceMs,
  )
  try {
    const report = await judge.run(orderOf(job, slot), slot.host, (event) => {
      if (event.type === 'loaded') loadMs = event.ms
      if (event.type === 'test-ended') ended.push(event.result)
      on(event)
    })
    return { judge: 'finished', incident: slot.incident, ...report }
  } catch (error) {
    signal?.throwIfAborted()
    if (!(error instanceof JudgeCrashed)) throw error
    // What filled the heap of one that had other orders before may be theirs.
    const isOutOfMemory = error.ranOutOfMemory && judge.runs === 1
    return {
      judge: outOfTime ? 'killed-by-deadline' : isOutOfMemory ? 'out-of-memory' : 'crashed',
      incident: outOfTime || isOutOfMemory ? slot.incident : error.message,
      tests: withNotRun(job, ended),
      load: { outcome: loadMs === null ? (outOfTime ? 'deadline' : 'not-tried') : 'loaded', message: null },
      protocolViolation: null,
      suiteDeadline: outOfTime,
      farewells: {},
      traffic: {},
      timings: { loadMs: loadMs ?? 0, testsMs: performance.now() - began - (loadMs ?? 0) },
    }
  } finally {
    clearTimeout(deadline)
    signal?.removeEventListener('abort', kill)
  }
}

function orderOf(
  { folder, exercise, language, code, seed, shuffleSeed, only, stopAtFirstFailure, suite = 'hidden' }: GradeJob,
  slot: Slot,
) {
  return {
    suite,
    suiteFile: join(folder, `${suite}.test.ts`),
    exercise,
    language,
    code,
    seed,
    engines: slot.engines,
    ...(shuffleSeed === undefined ? {} : { shuffleSeed }),
    ...(only ? { only } : {}),
    ...(stopAtFirstFailure === undefined ? {} : { stopAtFirstFailure }),
  }
}

export const expectedTests = ({ only, exercise, suite = 'hidden' }: GradeJob): string[] =>
  testNamesOf(suite, exercise).filter((name) => only?.includes(name) ?? true)

/** Every expected test once, in the exercise's order. */
export function withNotRun(job: GradeJob, ended: TestResult[]): TestResult[] {
  return expectedTests(job).map(
    (name) =>
      ended.find((test) => test.name === name) ?? {
        name,
        outcome: 'not-run',
        ms: 0,
        message: null,
        detail: null,
        cause: null,
      },
  )
}

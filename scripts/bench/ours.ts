import { isDeepStrictEqual } from 'node:util'
import type { EngineKind, Exercise, Language } from '../../graders/exercise.ts'
import { needsOf } from '../../graders/slot/first-sandbox.ts'
import type { Health } from '../../server/api/contract.ts'
import { benchExercise } from './exercises.ts'
import { median } from './figures.ts'
import { type Program, type Submitted, startProgram } from './program.ts'

/** Runs before those that count: the first ones compile code and fill caches of the servers' own. */
const warmUps = 3

/** Where the time of one submission went, milliseconds; together they are the whole. */
export type Timeline = {
  /** From sending until the row is on disk. */
  submitted: number
  /** Until a grading process has claimed it. */
  queued: number
  /** Gate, engine, sandbox and judge are there. */
  slot: number
  /** The submission is loaded. */
  load: number
  /** Set-up and tests. */
  tests: number
  /** What grading adds around them: the order to the judge, evidence, verdict. */
  end: number
  /** The verdict is on disk. */
  stored: number
  /** The final event has reached the client. */
  seen: number
}

/** (a) Warm: the exercise was opened before, and everything that it needs waits. Resolves with the time of each submission. */
export async function warm(program: Program, kind: EngineKind, language: Language, count: number) {
  const { exercise, reference } = benchExercise(kind)
  const code = reference(language)
  await program.until(({ grader }) => grader.state === 'ready', 'the graders are ready')
  const runs: Submitted[] = []
  for (let n = -warmUps; n < count; n++) {
    await fetch(`${program.address}/api/exercises/${exercise.id}`)
    await program.until(isWarmFor(exercise, language), `a warm slot for ${exercise.id}`)
    const run = accepted(await program.submit(exercise.id, language, code))
    if (n >= 0) runs.push(run)
  }
  return { totals: runs.map(({ seenMs }) => seenMs), timeline: medianTimeline(runs.map(timelineOf)) }
}

/** (b) Cold: the first submission after a start, as soon as it can be graded at all. */
export async function cold(kind: EngineKind, language: Language): Promise<number> {
  const { exercise, reference } = benchExercise(kind)
  const program = await startProgram()
  try {
    await program.until(({ grader }) => grader.state === 'ready', 'the graders are ready')
    return accepted(await program.submit(exercise.id, language, reference(language))).seenMs
  } finally {
    await program.stop()
  }
}

/** All that a submission needs waits for it, and no other has a slot. */
export const isWarmFor =
  (exercise: Exercise, language: Language) =>
  ({ grader: { warm } }: Health): boolean => {
    const needs = needsOf(exercise, language)
    return (
      warm.busySlots === 0 &&
      warm.judges > 0 &&
      needs.engines.every((kind) => (warm.engines[kind] ?? 0) > 0) &&
      warm.sandboxes.some(({ ready, ...made }) => ready > 0 && isDeepStrictEqual(made, needs))
    )
  }

export function accepted(run: Submitted): Submitted {
  const { verdict, exercise, language, error, tests } = run.submission
  if (verdict !== 'accepted')
    throw new Error(`${exercise} in ${language}: ${verdict} ${error ?? ''} ${JSON.stringify(tests)}`)
  return run
}

/** The rows' instants are whole milliseconds of the same clock, this machine's. */
function timelineOf({ submission, sentAt, seenMs }: Submitted): Timeline {
  const { createdAt, finishedAt, timings } = submission
  const submitted = Date.parse(createdAt) - sentAt
  const queued = timings.queuedMs ?? 0
  const slot = timings.slotMs ?? 0
  const load = timings.loadMs ?? 0
  const tests = timings.testsMs ?? 0
  const total = timings.totalMs ?? 0
  const finished = Date.parse(finishedAt ?? createdAt) - sentAt
  return {
    submitted,
    queued,
    slot,
    load,
    tests,
    end: total - slot - load - tests,
    stored: finished - submitted - queued - total,
    seen: seenMs - finished,
  }
}

function medianTimeline(timelines: Timeline[]): Timeline {
  const keys = Object.keys(timelines[0] ?? {}) as (keyof Timeline)[]
  return Object.fromEntries(keys.map((key) => [key, median(timelines.map((one) => one[key]))])) as Timeline
}

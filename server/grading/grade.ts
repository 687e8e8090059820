import { setTimeout as wait } from 'node:timers/promises'
import type { GradeResult, Graders } from '../../graders/grade.ts'
import type { Catalog } from '../content/catalog.ts'
import type { CatalogExercise } from '../content/exercise-folder.ts'
import { isStoreAway, StoreError } from '../store/error.ts'
import type { Claim, Store } from '../store/store.ts'
import { type EventLog, openEventLog } from './event-log.ts'
import { JobCancelled, type Lease, LeaseLost } from './lease.ts'
import { ratingOfAcceptance } from './rating.ts'
import type { StoredResult, StoredSubmissionEvent } from './result.ts'
import { testFace } from './test-face.ts'

/** What grading needs; all of it outlives a single job. */
export type GradingRoom = {
  store: Store
  catalog: Catalog
  graders: Graders
  attempts: number
  retryBackoffMs: number
  /** Tells the web process that a submission has news. */
  told(submissionId: string): void
  log(line: string): void
  /** Aborted when the process is to end: then nothing waits any more for a store that is away. */
  ending: AbortSignal
}

/** The process ends: the job goes back to the queue at once. */
export class Draining extends Error {
  override readonly name = 'Draining'
}

/** Something of ours broke. `operatorLog` is for a person who runs this; no learner sees it. */
class GradingBroke extends Error {
  override readonly name = 'GradingBroke'
  readonly operatorLog: unknown
  readonly canRetry: boolean
  constructor(incident: string, { operatorLog = { incident } as unknown, canRetry = true } = {}) {
    super(incident)
    this.operatorLog = operatorLog
    this.canRetry = canRetry
  }
}

/** Grades one claimed submission to its end: a verdict, another try later, or the dead letters. Never rejects. */
export async function gradeSubmission(room: GradingRoom, claim: Claim, lease: Lease): Promise<void> {
  const { id } = claim.submission
  let events: EventLog | undefined
  try {
    const exercise = findExercise(room, claim)
    events = openEventLog(room.store, claim, exercise.exercise, () => room.told(id))
    announceRestart(claim, events)
    const result = await run(room, claim, exercise, events, lease)
    const rest = await events.takeRest()
    await untilStored(room, () => finish(room, claim, exercise, result, rest))
  } catch (error) {
    const rest = (await events?.takeRest().catch(() => [])) ?? []
    await settle(room, claim, lease.signal.aborted ? lease.signal.reason : error, rest)
  } finally {
    lease.release()
    room.told(id)
  }
}

function findExercise({ catalog, graders, attempts }: GradingRoom, { submission }: Claim): CatalogExercise {
  const { exerciseId, language } = submission
  // Claims that never ended count too, so that a submission which kills the grading process cannot do so for ever.
  if (submission.attempts > attempts) throw new GradingBroke('the grading process died under every attempt')
  const found = catalog.snapshot.exerciseById.get(exerciseId)
  if (!found) throw new GradingBroke(`the exercise ${exerciseId} is not among the content`, { canRetry: false })
  if (!graders.canGrade(found.exercise, language)) throw new GradingBroke('an image that it needs is not there')
  return found
}

/** The fencing number rather than the attempts: it also counts what was given back and what an operator took up again. */
function announceRestart({ fence }: Claim, events: EventLog): void {
  if (fence > 1) events.append({ type: 'restarted' })
}

async function run(
  { graders, attempts }: GradingRoom,
  { submission }: Claim,
  { folder, exercise }: CatalogExercise,
  events: EventLog,
  { signal }: Lease,
): Promise<GradeResult> {
  const { language, code, seed } = submission
  const result = await graders.grade(
    { folder, exercise, language, code, seed, lastAttempt: submission.attempts >= attempts },
    events.add,
    signal,
  )
  if (result.verdict !== 'internal-error') return result
  throw new GradingBroke(result.incident ?? 'odd evidence', { operatorLog: operatorLog(result) })
}

async function finish(
  { store }: GradingRoom,
  { submission, fence }: Claim,
  { exercise, suiteHash }: CatalogExercise,
  result: GradeResult,
  lastEvents: StoredSubmissionEvent[],
): Promise<void> {
  const { verdict } = result
  const rating = verdict === 'accepted' ? await ratingOfAcceptance(store, submission, exercise) : undefined
  const stored: StoredResult = {
    tests: result.tests.map((test) => testFace(test, exercise)),
    output: result.output.text,
    outputTruncated: result.output.truncated,
    error: result.error,
    timings: result.timings,
    engines: result.engines.map(({ kind, product }) => ({ kind, product })),
    traffic: result.traffic,
  }
  const outcome = { verdict, result: stored, operatorLog: operatorLog(result), suiteHash, finishedAt: Date.now() }
  await store.submissions.finish(submission.id, fence, outcome, rating, lastEvents)
}

const operatorLog = ({ incident, evidence, engines, seed }: GradeResult) => ({ incident, evidence, engines, seed })

/** What becomes of a job that has no verdict. */
async function settle(
  room: GradingRoom,
  claim: Claim,
  error: unknown,
  lastEvents: StoredSubmissionEvent[],
): Promise<void> {
  if (isLost(error)) return
  const { id, attempts } = claim.submission
  const broke =
    error instanceof GradingBroke ? error : new GradingBroke(String(error instanceof Error ? error.stack : error))
  const isWanted = error instanceof JobCancelled || error instanceof Draining
  if (!isWanted) room.log(`Submission ${id}, attempt ${attempts}: ${broke.message}`)
  try {
    const isAway = !isWanted && (isStoreAway(error) || !(await room.graders.answers()))
    await untilStored(room, () => putAside(room, claim, isAway ? new Away() : error, broke, lastEvents))
  } catch (storeError) {
    // The lease runs out by itself, and the job is claimed again.
    if (!isLost(storeError))
      room.log(`Submission ${id}: ${storeError instanceof Error ? storeError.message : storeError}`)
  }
}

/** Store or container engine do not answer: no attempt of grading, and none is used up. */
class Away extends Error {
  override readonly name = 'Away'
}

async function putAside(
  room: GradingRoom,
  claim: Claim,
  reason: unknown,
  broke: GradingBroke,
  lastEvents: StoredSubmissionEvent[],
): Promise<void> {
  const { submission, fence } = claim
  const { id, attempts } = submission
  const { submissions } = room.store
  const now = Date.now()
  if (reason instanceof JobCancelled) return submissions.cancelled(id, fence, now)
  if (reason instanceof Draining) return submissions.giveBack(id, fence, now)
  const isLast = !(reason instanceof Away) && (!broke.canRetry || attempts >= room.attempts)
  if (isLast) {
    await submissions.bury(id, fence, broke.operatorLog, now)
    return room.log(`Submission ${id} has no verdict after ${attempts} attempts. See: npm run grading -- dead`)
  }
  const again = { type: 'status', status: 'queued', step: 'Something of ours broke: grading again' }
  await submissions.appendEvents(id, fence, [...lastEvents, again])
  if (reason instanceof Away) return submissions.giveBack(id, fence, now + room.retryBackoffMs * awayPauses)
  await submissions.retry(id, fence, now + room.retryBackoffMs * 2 ** (attempts - 1), broke.operatorLog)
}

const storeAgainMs = 500
/** First pauses of a retry, between two looks at what is away. */
const awayPauses = 3

/** Writes it as soon as the store takes it: a verdict or a retry is not given up because a disk was full for a minute. */
async function untilStored<T>({ ending }: GradingRoom, write: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await write()
    } catch (error) {
      if (!isStoreAway(error) || ending.aborted) throw error
      await wait(storeAgainMs, undefined, { signal: ending }).catch(() => {})
    }
  }
}

const isLost = (error: unknown): boolean =>
  error instanceof LeaseLost || (error instanceof StoreError && error.code === 'lease-lost')

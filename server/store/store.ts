import type { Language } from '../../graders/exercise.ts'
import type { Status, Verdict } from '../../graders/verdict.ts'
import type { LogEntry, Memory, Rating, Settings } from '../scheduler/types.ts'

/**
 * What the rest of the server sees of the store; both dialects behave alike. Instants are epoch milliseconds.
 * A promise that resolved means: on disk. Errors are StoreError with a stable code.
 */
export interface Store {
  readonly dialect: 'sqlite' | 'postgres'
  /** File or database name, without secrets. */
  readonly location: string
  readonly learners: LearnerStore
  readonly items: ItemStore
  readonly reviews: ReviewStore
  readonly submissions: SubmissionStore
  readonly hints: HintStore
  readonly runs: RunStore
  readonly references: ReferenceStore
  counts(): Promise<{ reviews: number; submissions: number }>
  /**
   * Calls back when another process, on whatever machine, changed something; returns how to stop. Hints only: one may get
   * lost, and on SQLite none comes, where the processes of one machine tell each other themselves.
   */
  listen(listener: (change: Change) => void): () => void
  close(): Promise<void>
}

/** `work`: a job waits, or one under way is to be given up. `news`: of a submission or run; null, of any. */
export type Change = { type: 'work' } | { type: 'news'; submissionId: string | null }

export type StoreErrorCode =
  /** Written by a newer program; nothing was touched. */
  | 'store-newer'
  | 'store-unwritable'
  /** A migration would have lost rows or broken references; it was rolled back. */
  | 'migration-failed'
  | 'disk-full'
  | 'stale-version'
  /** A known id came with other content. */
  | 'id-reused'
  | 'nothing-to-undo'
  /** The submission was not rated, or its rating is no longer the item's last change. */
  | 'nothing-to-correct'
  /** A step of the hints before the ones that lead to it. */
  | 'hint-not-next'
  | 'not-found'
  /** The lease's fencing number is old: somebody else has the job. */
  | 'lease-lost'

// ---- learners ----------------------------------------------------------------------------------------------------------

export type Learner = { id: string; name: string; settings: Settings; createdAt: number }
export interface LearnerStore {
  /** The one local learner of a machine without accounts; made on the first call, in the machine's time zone. */
  local(defaults: Settings): Promise<Learner>
  get(id: string): Promise<Learner | null>
  saveSettings(id: string, settings: Settings): Promise<void>
}

// ---- items: a row for every card and exercise that ever existed ----------------------------------------------------------

export type ItemRow = { id: string; kind: 'card' | 'exercise'; section: string; removed: boolean }
/** One learner's state of one item. An item without a row is new, version 0. */
export type ItemState = {
  itemId: string
  /** Grows by one with every review, undo, reset or edit. */
  version: number
  memory: Memory
  suspended: boolean
  buriedUntilDay: string | null
  leech: boolean
}
export interface ItemStore {
  /** Makes the rows equal to the content on disk: adds, moves, marks as removed. History is never deleted. */
  sync(items: Omit<ItemRow, 'removed'>[]): Promise<void>
  all(): Promise<ItemRow[]>
  states(learnerId: string): Promise<ItemState[]>
  state(learnerId: string, itemId: string): Promise<ItemState | null>
}

// ---- reviews -----------------------------------------------------------------------------------------------------------

export type ReviewRow = {
  id: string
  learnerId: string
  itemId: string
  rating: Rating
  /** Which way it came: answered by hand, from a verdict, or given up. */
  origin: 'answer' | 'grading' | 'give-up'
  submissionId: string | null
  answeredAt: number
  durationMs: number
  timeZone: string
  rolloverHour: number
  studyDay: string
  /** Snapshots: undo puts the first one back byte for byte, but for the version, which only grows. */
  before: ItemState
  after: ItemState
  /** Taken back: kept in the log, in no figure. */
  undone: boolean
  /** Merged too late, after an undo, a reset or an edit of the item: kept and shown, but it changed nothing and is in no figure. */
  setAside: boolean
}
export type ReviewInput = Pick<
  ReviewRow,
  | 'id'
  | 'learnerId'
  | 'itemId'
  | 'rating'
  | 'origin'
  | 'submissionId'
  | 'answeredAt'
  | 'durationMs'
  | 'timeZone'
  | 'rolloverHour'
  | 'studyDay'
> & {
  /** The version the client saw; null skips the check (the rating of a verdict, decided inside the transaction). */
  version: number | null
  merge: boolean
}
/** Decides inside the transaction; pure. Null: nothing is written (an exercise that was not due: practice). */
export type ApplyReview = (
  state: ItemState,
  review: Pick<ReviewRow, 'rating' | 'answeredAt' | 'timeZone' | 'rolloverHour'>,
) => Pick<ItemState, 'memory' | 'leech'> | null

/** `state` is the item's current one, which after a merge need not be `review.after`. Without a review there was nothing to write. */
export type Answered = { review: ReviewRow | null; state: ItemState; replayed: boolean; moved: boolean }
/** `state` is what undo left: `review.before` with a version of its own. */
export type Undone = { review: ReviewRow; state: ItemState }

export interface ReviewStore {
  /**
   * Writes review, new state and the undo snapshot in one transaction. The same id with the same content answers what it did
   * the first time (`replayed`). Errors: stale-version (without merge), id-reused, not-found (learner or item), disk-full.
   * With merge: the review takes its place by answeredAt and the item is replayed with `apply` from there (`moved`).
   * `fresh` is the state of an item without a row. A clock set back: without merge the review still comes last, and its
   * answeredAt is moved behind the item's last one.
   */
  answer(input: ReviewInput, fresh: ItemState, apply: ApplyReview): Promise<Answered>
  /** Takes back the learner's last review that is not undone, if it is the item's last change too. Error: nothing-to-undo. */
  undo(learnerId: string): Promise<Undone>
  /**
   * Another rating in the place of the one that a submission brought, at the same instant; the first stays in the log as taken
   * back. The same id again answers what it did the first time. Errors: nothing-to-correct, id-reused.
   */
  correct(
    correction: { id: string; learnerId: string; submissionId: string; rating: Rating },
    apply: ApplyReview,
  ): Promise<ReviewRow>
  canUndo(learnerId: string): Promise<boolean>
  /** Like every figure here without undone ones and without those set aside; oldest first. */
  ofDay(learnerId: string, studyDay: string): Promise<ReviewRow[]>
  perDay(learnerId: string, fromDay: string): Promise<{ day: string; reviews: number; durationMs: number }[]>
  /** For true retention: reviews of items in state `review` with stability of at least 21 days before, since an instant. */
  mature(learnerId: string, since: number): Promise<LogEntry[]>
  ofItem(learnerId: string, itemId: string): Promise<ReviewRow[]>
  /** Undone too: a verdict that was rated once is not rated again. */
  bySubmission(submissionId: string): Promise<ReviewRow | null>
  /** Newest first. */
  setAside(learnerId: string): Promise<ReviewRow[]>
  /** Median duration of the last reviews of each item, where there are any. */
  medianDurations(learnerId: string): Promise<Map<string, number>>
}

// ---- submissions: the row is the job ------------------------------------------------------------------------------------

export type SubmissionRow = {
  id: string
  learnerId: string
  exerciseId: string
  language: Language
  code: string
  activeMs: number | null
  status: Status
  verdict: Verdict | null
  /** The GradeResult's learner-visible part, as JSON; null until final. */
  result: unknown
  /** For the operator only: assertion texts, incident. */
  operatorLog: unknown
  seed: string
  /** Hash over the exercise's folder at the time of grading. */
  suiteHash: string | null
  attempts: number
  /** Grows with every claim; a write with an old one is refused. */
  fence: number
  leaseUntil: number | null
  /** Not before this instant: retry with back-off. */
  notBefore: number
  createdAt: number
  startedAt: number | null
  finishedAt: number | null
}
export type Claim = { submission: SubmissionRow; fence: number }
export type StoredEvent = { submissionId: string; seq: number; at: number; data: unknown }

export interface SubmissionStore {
  /**
   * Queued, on disk. The same id with the same content again is the same submission; other content is id-reused. A waiting
   * (not yet claimed) submission of the same learner for the same exercise is superseded by it. Error: id-reused, not-found.
   */
  create(
    input: Pick<
      SubmissionRow,
      'id' | 'learnerId' | 'exerciseId' | 'language' | 'code' | 'activeMs' | 'seed' | 'createdAt'
    >,
  ): Promise<{ submission: SubmissionRow; created: boolean }>
  get(id: string): Promise<SubmissionRow | null>
  list(learnerId: string, options: { exerciseId?: string; limit: number }): Promise<SubmissionRow[]>
  waiting(): Promise<number>
  /** What is to be graded when the ones under way have ended, the oldest first. */
  next(now: number, limit: number): Promise<Pick<SubmissionRow, 'exerciseId' | 'language'>[]>
  /** How many got a verdict since an instant, of all learners. */
  finishedSince(since: number): Promise<number>
  /**
   * Oldest queued one that may start, or one whose lease ran out; one conditional update. A learner who has one under way
   * waits for its end. Only of these exercises, null: of all.
   */
  claim(now: number, leaseMs: number, exerciseIds: string[] | null): Promise<Claim | null>
  heartbeat(id: string, fence: number, leaseUntil: number): Promise<{ cancelled: boolean }>
  /**
   * Final verdict, once. Error lease-lost when the fence is old or the row is final already. `rating` is what an acceptance
   * means for the schedule: written in the same transaction, as by ReviewStore.answer, so that no crash comes between the two. So are the last events.
   */
  finish(
    id: string,
    fence: number,
    outcome: { verdict: Verdict; result: unknown; operatorLog: unknown; suiteHash: string; finishedAt: number },
    rating?: { input: ReviewInput; fresh: ItemState; apply: ApplyReview },
    lastEvents?: unknown[],
  ): Promise<SubmissionRow>
  /** Back to queued after something of ours broke. */
  retry(id: string, fence: number, notBefore: number, operatorLog: unknown): Promise<void>
  /** Back to queued because its worker ends: no attempt is used up. */
  giveBack(id: string, fence: number, now: number): Promise<void>
  /** Retries used up. */
  bury(id: string, fence: number, operatorLog: unknown, finishedAt: number): Promise<void>
  /** The dead letters of all learners, oldest first. */
  dead(): Promise<SubmissionRow[]>
  /** Takes a dead letter up again, as if it had never been tried; null when it is none. */
  requeue(id: string, now: number): Promise<SubmissionRow | null>
  /** Waiting: cancelled at once. Under way: marked, and the heartbeat tells its worker. Final ones stay. */
  cancel(id: string, learnerId: string, now: number): Promise<SubmissionRow>
  /** Final one of a job whose worker saw the mark. */
  cancelled(id: string, fence: number, now: number): Promise<void>
  /** Appends with the next sequence numbers of the submission, and changes its status where that is news too; refused with an old fence. */
  appendEvents(id: string, fence: number, events: unknown[], status?: 'running'): Promise<void>
  events(id: string, afterSeq: number): Promise<StoredEvent[]>
  /** Accepted ones and failed attempts since an instant, to rate an acceptance. */
  attemptsSince(learnerId: string, exerciseId: string, since: number): Promise<SubmissionRow[]>
  solved(learnerId: string): Promise<Set<string>>
  tried(learnerId: string): Promise<Set<string>>
}

// ---- runs: the learner's own tries, no attempts ---------------------------------------------------------------------------

export type RunRow = Pick<
  SubmissionRow,
  | 'id'
  | 'learnerId'
  | 'exerciseId'
  | 'language'
  | 'code'
  | 'seed'
  | 'status'
  | 'attempts'
  | 'fence'
  | 'leaseUntil'
  | 'createdAt'
  | 'startedAt'
  | 'finishedAt'
> & {
  /** As many as were written; the worker that holds the run writes all of them each time. */
  events: unknown[]
  /** The RunResult, as JSON; null until done. */
  result: unknown
}
export type RunClaim = { run: RunRow; fence: number }

export interface RunStore {
  /** Queued. Whatever else this learner has waiting or under way is superseded; old ones are deleted. Error: not-found (learner). */
  create(
    input: Pick<RunRow, 'id' | 'learnerId' | 'exerciseId' | 'language' | 'code' | 'seed' | 'createdAt'>,
  ): Promise<void>
  get(id: string): Promise<RunRow | null>
  /** Like that of submissions. One whose lease ran out too often is given up as `dead`. */
  claim(now: number, leaseMs: number, exerciseIds: string[] | null): Promise<RunClaim | null>
  /** Error of these three: lease-lost, also for a run that was superseded or cancelled. */
  heartbeat(id: string, fence: number, leaseUntil: number): Promise<void>
  progress(id: string, fence: number, status: 'preparing' | 'running', events: unknown[]): Promise<void>
  finish(id: string, fence: number, result: unknown, finishedAt: number): Promise<void>
  /** Back to the queue, or `dead` after a few claims; nothing where somebody else has it or it has ended. */
  giveBack(id: string, fence: number, now: number): Promise<void>
  /** At once, also under way; ended ones stay. */
  cancel(id: string, now: number): Promise<void>
}

// ---- hints: which steps a learner has seen ------------------------------------------------------------------------------

/** `step` counts from 1. */
export type TakenHint = { step: number; takenAt: number }

export interface HintStore {
  /**
   * Takes one step of an exercise's hints; one that was taken since the given instant is taken only once. Gives every step
   * since then, in order. Errors: hint-not-next, when an earlier step is not taken yet; not-found (learner); disk-full.
   */
  take(hint: TakenHint & { learnerId: string; exerciseId: string; since: number }): Promise<TakenHint[]>
  /** Since an instant, in order. */
  takenSince(learnerId: string, exerciseId: string, since: number): Promise<TakenHint[]>
}

// ---- references: what the reference solutions did, to lay a learner's figures beside ------------------------------------

export type ReferenceKey = { exerciseId: string; language: Language; suiteHash: string }

export interface ReferenceStore {
  /** Replaces what was measured of an older suite. */
  save(measured: ReferenceKey & { traffic: unknown; measuredAt: number }): Promise<void>
  /** The traffic of each engine; null where this suite was not measured. */
  traffic(key: ReferenceKey): Promise<unknown>
}

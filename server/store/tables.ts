import type { Language } from '../../graders/exercise.ts'
import type { Status, Verdict } from '../../graders/verdict.ts'
import type { ItemKind, Rating, Settings, State } from '../scheduler/types.ts'
import type * as sqliteColumns from './columns.sqlite.ts'
import type { ItemState, ReviewRow } from './store.ts'

/** SQLite's types stand for both dialects: the two build the same queries out of the same names. */
export type Columns = typeof sqliteColumns
export type Tables = ReturnType<typeof defineTables>

/**
 * The only schema. Nothing cascades: a row that a review or a submission points to cannot be deleted, so that no rebuild of a
 * table empties the review log behind our back.
 */
export function defineTables(columns: Columns) {
  const { count, decimal, flag, index, json, milliseconds, primaryKey, sequence, table, typed, uniqueIndex, words } =
    columns

  const learners = table('learners', {
    id: words('id').primaryKey(),
    name: words('name').notNull(),
    settings: json('settings').$type<Settings>().notNull(),
    createdAt: milliseconds('created_at').notNull(),
  })

  const items = table('items', {
    id: words('id').primaryKey(),
    kind: words('kind').$type<ItemKind>().notNull(),
    section: words('section').notNull(),
    removed: flag('removed').notNull(),
  })

  /** One learner's state of one item; the memory in columns, because 100,000 of them are read for one queue. */
  const states = table(
    'states',
    {
      learnerId: words('learner_id')
        .notNull()
        .references(() => learners.id),
      itemId: words('item_id')
        .notNull()
        .references(() => items.id),
      version: count('version').notNull(),
      state: words('state').$type<State>().notNull(),
      stability: decimal('stability').notNull(),
      difficulty: decimal('difficulty').notNull(),
      dueAt: milliseconds('due_at').notNull(),
      dueDay: words('due_day').notNull(),
      lastReviewAt: milliseconds('last_review_at'),
      lastReviewDay: words('last_review_day'),
      scheduledDays: count('scheduled_days').notNull(),
      learningStep: count('learning_step').notNull(),
      reps: count('reps').notNull(),
      lapses: count('lapses').notNull(),
      suspended: flag('suspended').notNull(),
      buriedUntilDay: words('buried_until_day'),
      leech: flag('leech').notNull(),
      /** The version that the last undo, reset or edit made; 0 where there was none. */
      editedVersion: count('edited_version').notNull(),
      /** Follows from the log; kept here, because the queue asks for it of every item. */
      medianDurationMs: milliseconds('median_duration_ms'),
    },
    (row) => [primaryKey({ name: 'states_pk', columns: [row.learnerId, row.itemId] })],
  )

  const submissions = table(
    'submissions',
    {
      id: words('id').primaryKey(),
      learnerId: words('learner_id')
        .notNull()
        .references(() => learners.id),
      exerciseId: words('exercise_id').notNull(),
      language: words('language').$type<Language>().notNull(),
      code: typed('code').notNull(),
      activeMs: milliseconds('active_ms'),
      status: words('status').$type<Status>().notNull(),
      verdict: words('verdict').$type<Verdict>(),
      result: json('result').$type<unknown>(),
      operatorLog: json('operator_log').$type<unknown>(),
      seed: words('seed').notNull(),
      suiteHash: words('suite_hash'),
      attempts: count('attempts').notNull(),
      fence: count('fence').notNull(),
      leaseUntil: milliseconds('lease_until'),
      notBefore: milliseconds('not_before').notNull(),
      /** The learner cancelled while it was under way. */
      cancelRequested: flag('cancel_requested').notNull(),
      createdAt: milliseconds('created_at').notNull(),
      startedAt: milliseconds('started_at'),
      finishedAt: milliseconds('finished_at'),
    },
    (row) => [
      index('submissions_by_status').on(row.status, row.createdAt),
      index('submissions_by_exercise').on(row.learnerId, row.exerciseId, row.createdAt),
      index('submissions_by_learner').on(row.learnerId, row.createdAt),
    ],
  )

  const events = table(
    'submission_events',
    {
      submissionId: words('submission_id')
        .notNull()
        .references(() => submissions.id),
      seq: count('seq').notNull(),
      at: milliseconds('at').notNull(),
      data: json('data').$type<unknown>().notNull(),
    },
    (row) => [primaryKey({ name: 'submission_events_pk', columns: [row.submissionId, row.seq] })],
  )

  /** The review log: rows are added and change their standing, none is ever deleted. */
  const reviews = table(
    'reviews',
    {
      seq: sequence('seq'),
      id: words('id').notNull(),
      learnerId: words('learner_id')
        .notNull()
        .references(() => learners.id),
      itemId: words('item_id')
        .notNull()
        .references(() => items.id),
      /** Only what counts is in a figure. */
      standing: words('standing').$type<'counts' | 'undone' | 'set-aside'>().notNull(),
      rating: words('rating').$type<Rating>().notNull(),
      origin: words('origin').$type<ReviewRow['origin']>().notNull(),
      submissionId: words('submission_id').references(() => submissions.id),
      answeredAt: milliseconds('answered_at').notNull(),
      durationMs: milliseconds('duration_ms').notNull(),
      timeZone: words('time_zone').notNull(),
      rolloverHour: count('rollover_hour').notNull(),
      studyDay: words('study_day').notNull(),
      /** Repeated from `before`, so that figures need not read the snapshots. */
      stateBefore: words('state_before').$type<State>().notNull(),
      stabilityBefore: decimal('stability_before').notNull(),
      before: json('before').$type<ItemState>().notNull(),
      after: json('after').$type<ItemState>().notNull(),
    },
    (row) => [
      uniqueIndex('reviews_by_id').on(row.id),
      index('reviews_by_day').on(row.learnerId, row.standing, row.studyDay, row.durationMs),
      index('reviews_by_item').on(row.learnerId, row.itemId, row.answeredAt),
      index('reviews_by_instant').on(row.learnerId, row.answeredAt),
      index('reviews_by_order').on(row.learnerId, row.seq),
      index('reviews_by_submission').on(row.submissionId),
    ],
  )

  /** Which steps of an exercise's hints a learner has taken, each time that it was due anew. */
  const hints = table(
    'hints',
    {
      learnerId: words('learner_id')
        .notNull()
        .references(() => learners.id),
      exerciseId: words('exercise_id').notNull(),
      step: count('step').notNull(),
      takenAt: milliseconds('taken_at').notNull(),
    },
    (row) => [primaryKey({ name: 'hints_pk', columns: [row.learnerId, row.exerciseId, row.takenAt, row.step] })],
  )

  /** Runs of the sample by the learner's own wish. Nothing refers to one, and old ones are deleted. */
  const runs = table(
    'runs',
    {
      id: words('id').primaryKey(),
      learnerId: words('learner_id')
        .notNull()
        .references(() => learners.id),
      exerciseId: words('exercise_id').notNull(),
      language: words('language').$type<Language>().notNull(),
      code: typed('code').notNull(),
      seed: words('seed').notNull(),
      status: words('status').$type<Status>().notNull(),
      /** All that has happened so far, in order. */
      events: json('events').$type<unknown[]>().notNull(),
      result: json('result').$type<unknown>(),
      attempts: count('attempts').notNull(),
      fence: count('fence').notNull(),
      leaseUntil: milliseconds('lease_until'),
      createdAt: milliseconds('created_at').notNull(),
      startedAt: milliseconds('started_at'),
      finishedAt: milliseconds('finished_at'),
    },
    (row) => [
      index('runs_by_status').on(row.status, row.createdAt),
      index('runs_by_learner').on(row.learnerId, row.finishedAt),
    ],
  )

  /** What each reference solution did to its engines, measured here; of the newest suite only. */
  const references = table(
    'reference_figures',
    {
      exerciseId: words('exercise_id').notNull(),
      language: words('language').$type<Language>().notNull(),
      suiteHash: words('suite_hash').notNull(),
      traffic: json('traffic').$type<unknown>().notNull(),
      measuredAt: milliseconds('measured_at').notNull(),
    },
    (row) => [primaryKey({ name: 'reference_figures_pk', columns: [row.exerciseId, row.language] })],
  )

  return { learners, items, states, submissions, events, reviews, hints, runs, references }
}

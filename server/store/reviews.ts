import { and, asc, count, desc, eq, gte, isNotNull, sql } from 'drizzle-orm'
import { byInstant, countingOf, recordReview, reviewOf } from './answer.ts'
import { correctRating } from './correct.ts'
import type { ReviewStore } from './store.ts'
import type { Database } from './transaction.ts'
import { undoable, undoLast } from './undo.ts'

/** An item is mature from this stability on, as in Anki. */
const matureDays = 21

export function openReviews(database: Database): ReviewStore & { count(): Promise<number> } {
  const { read, write } = database
  const { reviews, states } = database.tables
  const counting = (learnerId: string) => and(eq(reviews.learnerId, learnerId), eq(reviews.standing, 'counts'))

  return {
    answer: (input, fresh, apply) => write((transaction) => recordReview(database, transaction, input, fresh, apply)),

    undo: (learnerId) => write((transaction) => undoLast(database, transaction, learnerId)),

    correct: (correction, apply) => write((transaction) => correctRating(database, transaction, correction, apply)),

    canUndo: (learnerId) => read(async (queries) => (await undoable(database, queries, learnerId)) !== null),

    ofDay: (learnerId, studyDay) =>
      read(async (queries) => {
        const rows = await queries
          .select()
          .from(reviews)
          .where(and(counting(learnerId), eq(reviews.studyDay, studyDay)))
        return rows.sort(byInstant).map(reviewOf)
      }),

    perDay: (learnerId, fromDay) =>
      read(async (queries) =>
        queries
          .select({
            day: reviews.studyDay,
            reviews: count(),
            durationMs: sql`sum(${reviews.durationMs})`.mapWith(Number),
          })
          .from(reviews)
          .where(and(counting(learnerId), gte(reviews.studyDay, fromDay)))
          .groupBy(reviews.studyDay)
          .orderBy(asc(reviews.studyDay)),
      ),

    mature: (learnerId, since) =>
      read(async (queries) =>
        queries
          .select({
            itemId: reviews.itemId,
            day: reviews.studyDay,
            stateBefore: reviews.stateBefore,
            rating: reviews.rating,
          })
          .from(reviews)
          .where(
            and(
              counting(learnerId),
              gte(reviews.answeredAt, since),
              eq(reviews.stateBefore, 'review'),
              gte(reviews.stabilityBefore, matureDays),
            ),
          )
          .orderBy(asc(reviews.answeredAt), asc(reviews.seq)),
      ),

    ofItem: (learnerId, itemId) =>
      read(async (queries) => {
        const rows = await queries.select().from(reviews).where(countingOf(database, { learnerId, itemId }))
        return rows.sort(byInstant).map(reviewOf)
      }),

    bySubmission: (submissionId) =>
      read(async (queries) => {
        const [row] = await queries
          .select()
          .from(reviews)
          .where(eq(reviews.submissionId, submissionId))
          .orderBy(desc(reviews.seq))
          .limit(1)
        return row ? reviewOf(row) : null
      }),

    setAside: (learnerId) =>
      read(async (queries) => {
        const rows = await queries
          .select()
          .from(reviews)
          .where(and(eq(reviews.learnerId, learnerId), eq(reviews.standing, 'set-aside')))
          .orderBy(desc(reviews.seq))
        return rows.map(reviewOf)
      }),

    medianDurations: (learnerId) =>
      read(async (queries) => {
        const rows = await queries
          .select({ itemId: states.itemId, durationMs: states.medianDurationMs })
          .from(states)
          .where(and(eq(states.learnerId, learnerId), isNotNull(states.medianDurationMs)))
        return new Map(rows.map(({ itemId, durationMs }) => [itemId, Number(durationMs)]))
      }),

    count: () =>
      read(async (queries) => {
        const [row] = await queries.select({ count: count() }).from(reviews).where(eq(reviews.standing, 'counts'))
        return row?.count ?? 0
      }),
  }
}

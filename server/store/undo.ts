import { isDeepStrictEqual } from 'node:util'
import { and, desc, eq } from 'drizzle-orm'
import { itemsLast, medianDuration, reviewOf } from './answer.ts'
import { StoreError } from './error.ts'
import { lockLearner } from './learners.ts'
import { readState, writeState } from './states.ts'
import type { ItemState, ReviewRow, Undone } from './store.ts'
import type { Database, Queries, Transaction } from './transaction.ts'

/**
 * What undo would take back: the last review that was written, or, where that was merged into an item's past, the item's last
 * one. Null when there is none, or when something else has changed the item since.
 */
export async function undoable(
  database: Database,
  queries: Queries,
  learnerId: string,
): Promise<{ review: ReviewRow; state: ItemState } | null> {
  const { reviews } = database.tables
  const [written] = await queries
    .select({ learnerId: reviews.learnerId, itemId: reviews.itemId })
    .from(reviews)
    .where(and(eq(reviews.learnerId, learnerId), eq(reviews.standing, 'counts')))
    .orderBy(desc(reviews.seq))
    .limit(1)
  if (!written) return null
  const review = await itemsLast(database, queries, written)
  const stored = await readState(database, queries, learnerId, written.itemId)
  if (!review || !stored || !equalButVersion(review.after, stored.state)) return null
  return { review: reviewOf(review), state: stored.state }
}

/** The version grows with undo too, and so tells nothing about whether this review's state still stands. */
export const equalButVersion = (a: ItemState, b: ItemState) =>
  isDeepStrictEqual({ ...a, version: 0 }, { ...b, version: 0 })

/** ReviewStore.undo inside a transaction. */
export async function undoLast(database: Database, transaction: Transaction, learnerId: string): Promise<Undone> {
  const { reviews } = database.tables
  await lockLearner(database, transaction, learnerId)
  const last = await undoable(database, transaction, learnerId)
  if (!last) throw new StoreError('nothing-to-undo', 'There is no review that could be taken back')
  const { review } = last
  await transaction.update(reviews).set({ standing: 'undone' }).where(eq(reviews.id, review.id))
  const state: ItemState = { ...review.before, version: last.state.version + 1 }
  const notes = { editedVersion: state.version, medianDurationMs: await medianDuration(database, transaction, review) }
  await writeState(database, transaction, learnerId, state, notes)
  return { review: { ...review, undone: true }, state }
}

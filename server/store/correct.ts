import { desc, eq } from 'drizzle-orm'
import { insertReview, itemsLast, medianDuration, reviewOf, sameReview } from './answer.ts'
import { StoreError } from './error.ts'
import { lockLearner } from './learners.ts'
import { readState, writeState } from './states.ts'
import type { ApplyReview, ItemState, ReviewRow, ReviewStore } from './store.ts'
import type { Database, Transaction } from './transaction.ts'
import { equalButVersion } from './undo.ts'

/** ReviewStore.correct inside a transaction. */
export async function correctRating(
  database: Database,
  transaction: Transaction,
  { id, learnerId, submissionId, rating }: Parameters<ReviewStore['correct']>[0],
  apply: ApplyReview,
): Promise<ReviewRow> {
  const { reviews } = database.tables
  await lockLearner(database, transaction, learnerId)
  const [newest] = await transaction
    .select()
    .from(reviews)
    .where(eq(reviews.submissionId, submissionId))
    .orderBy(desc(reviews.seq))
    .limit(1)
  const rated = newest?.learnerId === learnerId ? reviewOf(newest) : null
  if (!rated) throw new StoreError('nothing-to-correct', `Submission ${submissionId} was not rated`)
  const [known] = await transaction.select().from(reviews).where(eq(reviews.id, id))
  if (known) return sameReview(known, { ...rated, id, rating })

  const stored = await readState(database, transaction, learnerId, rated.itemId)
  const isLast = (await itemsLast(database, transaction, rated))?.id === rated.id
  if (!stored || !isLast || rated.undone || !equalButVersion(rated.after, stored.state))
    throw new StoreError('nothing-to-correct', `${rated.itemId} has changed since submission ${submissionId} was rated`)

  const corrected = { ...rated, id, rating }
  const applied = apply(rated.before, corrected)
  if (!applied) throw new StoreError('nothing-to-correct', `${rated.itemId} was not due`)
  await transaction.update(reviews).set({ standing: 'undone' }).where(eq(reviews.id, rated.id))
  const version = stored.state.version + 1
  const after: ItemState = { ...rated.before, ...applied, version }
  const { before, after: _after, undone: _undone, setAside: _aside, ...answer } = corrected
  const review = await insertReview(
    database,
    transaction,
    { ...answer, version: null, merge: false },
    'counts',
    before,
    after,
  )
  // Like an undo: what an offline device saw of the item before is no longer so.
  const notes = { editedVersion: version, medianDurationMs: await medianDuration(database, transaction, rated) }
  await writeState(database, transaction, learnerId, after, notes)
  return review
}

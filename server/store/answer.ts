import { and, asc, desc, eq, gte } from 'drizzle-orm'
import { StoreError } from './error.ts'
import { lockLearner } from './learners.ts'
import { readState, type StateNotes, writeState } from './states.ts'
import type { Answered, ApplyReview, ItemState, ReviewInput, ReviewRow } from './store.ts'
import type { Tables } from './tables.ts'
import type { Database, Queries, Transaction } from './transaction.ts'

type LogRow = Tables['reviews']['$inferSelect']
type Fresh = { state: ItemState; notes: StateNotes }

const neverEdited: StateNotes = { editedVersion: 0, medianDurationMs: null }

/** ReviewStore.answer inside a transaction, so that a verdict and its rating can be written together. */
export async function recordReview(
  database: Database,
  transaction: Transaction,
  input: ReviewInput,
  fresh: ItemState,
  apply: ApplyReview,
): Promise<Answered> {
  const { learnerId, itemId, version, merge } = input
  await lockLearner(database, transaction, learnerId)
  const stored = (await readState(database, transaction, learnerId, itemId)) ?? { state: fresh, notes: neverEdited }
  const { state, notes } = stored

  const known = await reviewById(database, transaction, input.id)
  if (known) return { review: sameReview(known, input), state, replayed: true, moved: false }
  if (!merge && version !== null && version !== state.version)
    throw new StoreError('stale-version', `${itemId} has changed: it is at version ${state.version}, not ${version}`)
  if (merge && version !== null && version < notes.editedVersion) return setAside(database, transaction, input, state)
  return place(database, transaction, input, stored, apply)
}

async function reviewById(
  { tables: { reviews } }: Database,
  queries: Queries,
  id: string,
): Promise<LogRow | undefined> {
  const [row] = await queries.select().from(reviews).where(eq(reviews.id, id))
  return row
}

/** Instants are not compared: the server moves those of a wrong clock, and a repeated post may be moved by another amount. */
export function sameReview(
  known: LogRow,
  input: Pick<ReviewInput, 'id' | 'learnerId' | 'itemId' | 'rating' | 'origin' | 'submissionId'>,
): ReviewRow {
  const same = (['learnerId', 'itemId', 'rating', 'origin', 'submissionId'] as const).every(
    (field) => known[field] === input[field],
  )
  if (!same) throw new StoreError('id-reused', `Review ${input.id} is known with other content`)
  return reviewOf(known)
}

async function setAside(
  database: Database,
  transaction: Transaction,
  input: ReviewInput,
  state: ItemState,
): Promise<Answered> {
  const review = await insertReview(database, transaction, input, 'set-aside', state, state)
  return { review, state, replayed: false, moved: false }
}

/**
 * Puts the review in its place in the item's history and replays what comes after it: nothing, but for a merge. By instant,
 * then by id, so that two devices come to the same end in whichever order they report.
 */
async function place(
  database: Database,
  transaction: Transaction,
  input: ReviewInput,
  { state, notes }: Fresh,
  apply: ApplyReview,
): Promise<Answered> {
  const overtaken = await reviewsAfter(database, transaction, input)
  // What lies before an edit stays as it is: a replay across it would undo the edit.
  const later = input.merge ? overtaken.filter((row) => row.after.version > notes.editedVersion) : []
  const last = overtaken.at(-1)
  const answeredAt = later.length === 0 && last ? last.answeredAt + 1 : input.answeredAt

  const before = later[0]?.before ?? state
  const applied = apply(before, { ...input, answeredAt })
  if (!applied) return { review: null, state, replayed: false, moved: false }
  const version = state.version + 1
  let after: ItemState = { ...before, version, memory: applied.memory, leech: applied.leech }
  const review = await insertReview(database, transaction, { ...input, answeredAt }, 'counts', before, after)
  for (const row of later) after = await replay(database, transaction, row, after, apply)

  const reached = { ...after, version }
  const medianDurationMs = await medianDuration(database, transaction, input)
  await writeState(database, transaction, input.learnerId, reached, { ...notes, medianDurationMs })
  return { review, state: reached, replayed: false, moved: later.length > 0 }
}

/** The item's reviews that come after this one by instant and id, oldest first. */
async function reviewsAfter(database: Database, transaction: Transaction, input: ReviewInput): Promise<LogRow[]> {
  const { reviews } = database.tables
  const rows = await transaction
    .select()
    .from(reviews)
    .where(and(countingOf(database, input), gte(reviews.answeredAt, input.answeredAt)))
    .orderBy(asc(reviews.answeredAt))
  return rows.filter((row) => byInstant(row, input) > 0).sort(byInstant)
}

/** Compared here and not by the database, which has its own idea of the order of letters. */
export function byInstant(a: Pick<LogRow, 'answeredAt' | 'id'>, b: Pick<LogRow, 'answeredAt' | 'id'>): number {
  return a.answeredAt - b.answeredAt || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
}

async function replay(
  { tables: { reviews } }: Database,
  transaction: Transaction,
  row: LogRow,
  reached: ItemState,
  apply: ApplyReview,
): Promise<ItemState> {
  const before: ItemState = { ...reached, version: row.before.version }
  const applied = apply(before, row) ?? before
  const after: ItemState = { ...before, version: row.after.version, memory: applied.memory, leech: applied.leech }
  await transaction
    .update(reviews)
    .set({ before, after, ...repeated(before) })
    .where(eq(reviews.seq, row.seq))
  return after
}

const repeated = ({ memory }: ItemState) => ({ stateBefore: memory.state, stabilityBefore: memory.stability })

export async function insertReview(
  { tables: { reviews } }: Database,
  transaction: Transaction,
  input: ReviewInput,
  standing: LogRow['standing'],
  before: ItemState,
  after: ItemState,
): Promise<ReviewRow> {
  const { version: _seen, merge: _merge, ...answer } = input
  const [row] = await transaction
    .insert(reviews)
    .values({ ...answer, standing, ...repeated(before), before, after })
    .returning()
  if (!row) throw new Error('an insert returned nothing')
  return reviewOf(row)
}

const medianOf = 9

/** Over the item's last few reviews that count; null without any. */
export async function medianDuration(
  database: Database,
  queries: Queries,
  of: Pick<ReviewRow, 'learnerId' | 'itemId'>,
): Promise<number | null> {
  const { reviews } = database.tables
  const rows = await queries
    .select({ durationMs: reviews.durationMs })
    .from(reviews)
    .where(countingOf(database, of))
    .orderBy(desc(reviews.answeredAt), desc(reviews.seq))
    .limit(medianOf)
  const sorted = rows.map((row) => row.durationMs).sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? null
}

/** Enough to find the newest among reviews of one item at one instant. */
const sameInstant = 10

/** The item's last review that counts, by instant and not by when it was written. */
export async function itemsLast(
  database: Database,
  queries: Queries,
  of: Pick<ReviewRow, 'learnerId' | 'itemId'>,
): Promise<LogRow | undefined> {
  const { reviews } = database.tables
  const rows = await queries
    .select()
    .from(reviews)
    .where(countingOf(database, of))
    .orderBy(desc(reviews.answeredAt))
    .limit(sameInstant)
  return rows.sort(byInstant).at(-1)
}

export function countingOf(
  { tables: { reviews } }: Database,
  { learnerId, itemId }: Pick<ReviewRow, 'learnerId' | 'itemId'>,
) {
  return and(eq(reviews.learnerId, learnerId), eq(reviews.itemId, itemId), eq(reviews.standing, 'counts'))
}

export function reviewOf({
  seq: _seq,
  standing,
  stateBefore: _state,
  stabilityBefore: _stability,
  ...row
}: LogRow): ReviewRow {
  return { ...row, undone: standing === 'undone', setAside: standing === 'set-aside' }
}

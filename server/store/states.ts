import { and, eq } from 'drizzle-orm'
import type { State } from '../scheduler/types.ts'
import type { ItemState } from './store.ts'
import type { Tables } from './tables.ts'
import type { Database, Queries } from './transaction.ts'

type StateRow = Tables['states']['$inferSelect']

/** Columns that are not part of an item's state, and therefore in no snapshot. */
export type StateNotes = Pick<StateRow, 'editedVersion' | 'medianDurationMs'>

/** The item's state with its notes, or null where it has no row yet. */
export async function readState(
  { tables: { states } }: Database,
  queries: Queries,
  learnerId: string,
  itemId: string,
): Promise<{ state: ItemState; notes: StateNotes } | null> {
  const [row] = await queries
    .select()
    .from(states)
    .where(and(eq(states.learnerId, learnerId), eq(states.itemId, itemId)))
  return row ? { state: stateOf(row), notes: row } : null
}

/** Adds or replaces the row; the caller holds the learner's lock. */
export async function writeState(
  { tables: { states } }: Database,
  queries: Queries,
  learnerId: string,
  state: ItemState,
  { editedVersion, medianDurationMs }: StateNotes,
): Promise<void> {
  const { itemId, memory, ...rest } = state
  const row = { ...memory, ...rest, editedVersion, medianDurationMs }
  await queries
    .insert(states)
    .values({ learnerId, itemId, ...row })
    .onConflictDoUpdate({ target: [states.learnerId, states.itemId], set: row })
}

/** Written out, so that every snapshot has its keys in one order. */
export function stateOf(row: Omit<StateRow, 'learnerId' | keyof StateNotes>): ItemState {
  return {
    itemId: row.itemId,
    version: row.version,
    memory: {
      state: row.state,
      stability: row.stability,
      difficulty: row.difficulty,
      dueAt: row.dueAt,
      dueDay: row.dueDay,
      lastReviewAt: row.lastReviewAt,
      lastReviewDay: row.lastReviewDay,
      scheduledDays: row.scheduledDays,
      learningStep: row.learningStep,
      reps: row.reps,
      lapses: row.lapses,
    },
    suspended: row.suspended,
    buriedUntilDay: row.buriedUntilDay,
    leech: row.leech,
  }
}

/** In the order of StateValues. */
export function stateColumns({ itemId, ...row }: Tables['states']) {
  const { version, state, stability, difficulty, dueAt, dueDay, lastReviewAt, lastReviewDay } = row
  const { scheduledDays, learningStep, reps, lapses, suspended, buriedUntilDay, leech } = row
  const learned = { stability, difficulty, dueAt, dueDay, lastReviewAt, lastReviewDay }
  return {
    itemId,
    version,
    state,
    ...learned,
    scheduledDays,
    learningStep,
    reps,
    lapses,
    suspended,
    buriedUntilDay,
    leech,
  }
}

type Flag = boolean | number
type StateValues = [
  ...[itemId: string, version: number, state: State, stability: number, difficulty: number],
  ...[dueAt: number | string, dueDay: string, lastReviewAt: number | string | null, lastReviewDay: string | null],
  ...[scheduledDays: number, learningStep: number, reps: number, lapses: number],
  ...[suspended: Flag, buriedUntilDay: string | null, leech: Flag],
]

/** A state out of a row of Database.readRows. */
export function stateFromValues(values: unknown[]): ItemState {
  const [itemId, version, state, stability, difficulty, ...rest] = values as StateValues
  const [dueAt, dueDay, lastReviewAt, lastReviewDay, scheduledDays, learningStep, reps, lapses, ...marks] = rest
  const [suspended, buriedUntilDay, leech] = marks
  return stateOf({
    ...{ itemId, version, state, stability, difficulty, dueDay, lastReviewDay },
    ...{ scheduledDays, learningStep, reps, lapses, buriedUntilDay },
    dueAt: Number(dueAt),
    lastReviewAt: lastReviewAt === null ? null : Number(lastReviewAt),
    suspended: Boolean(suspended),
    leech: Boolean(leech),
  })
}

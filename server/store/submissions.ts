import { and, asc, count, desc, eq, gte, inArray, lt, lte, ne, or, sql } from 'drizzle-orm'
import type { Status } from '../../graders/verdict.ts'
import { recordReview } from './answer.ts'
import { StoreError } from './error.ts'
import { openEvents } from './events.ts'
import { lockLearner } from './learners.ts'
import type { SubmissionRow, SubmissionStore } from './store.ts'
import type { Tables } from './tables.ts'
import type { Database, Queries, Transaction } from './transaction.ts'

type Row = Tables['submissions']['$inferSelect']
type Changes = Partial<Tables['submissions']['$inferInsert']>

const underWay: Status[] = ['preparing', 'running']

export function openSubmissions(database: Database): SubmissionStore & { count(): Promise<number> } {
  const { read, write } = database
  const { submissions } = database.tables

  /** Changes the job of whoever holds this fencing number, while it is under way. Error: lease-lost. */
  async function changeHeld(transaction: Transaction, id: string, fence: number, changes: Changes): Promise<Row> {
    const [row] = await transaction
      .update(submissions)
      .set(changes)
      .where(and(eq(submissions.id, id), eq(submissions.fence, fence), inArray(submissions.status, underWay)))
      .returning()
    if (!row) throw new StoreError('lease-lost', `Submission ${id} is no longer held under number ${fence}`)
    return row
  }
  const held = (id: string, fence: number, changes: Changes) =>
    write((transaction) => changeHeld(transaction, id, fence, changes))

  return {
    create: (input) =>
      write(async (transaction) => {
        await lockLearner(database, transaction, input.learnerId)
        const known = await submissionById(database, transaction, input.id)
        if (known) return { submission: sameSubmission(known, input), created: false }
        const { learnerId, exerciseId, createdAt } = input
        await transaction
          .update(submissions)
          .set({ status: 'superseded', finishedAt: createdAt })
          .where(
            and(
              eq(submissions.learnerId, learnerId),
              eq(submissions.exerciseId, exerciseId),
              eq(submissions.status, 'queued'),
            ),
          )
        const job = { status: 'queued', attempts: 0, fence: 0, notBefore: createdAt, cancelRequested: false } as const
        const [row] = await transaction
          .insert(submissions)
          .values({ ...input, ...job })
          .returning()
        if (!row) throw new Error('an insert returned nothing')
        return { submission: submissionOf(row), created: true }
      }),

    get: (id) =>
      read(async (queries) => {
        const row = await submissionById(database, queries, id)
        return row ? submissionOf(row) : null
      }),

    list: (learnerId, { exerciseId, limit }) =>
      read(async (queries) => {
        const ofExercise = exerciseId === undefined ? undefined : eq(submissions.exerciseId, exerciseId)
        const rows = await queries
          .select()
          .from(submissions)
          .where(and(eq(submissions.learnerId, learnerId), ofExercise))
          .orderBy(desc(submissions.createdAt), desc(submissions.id))
          .limit(limit)
        return rows.map(submissionOf)
      }),

    waiting: () =>
      read(async (queries) => {
        const [row] = await queries.select({ count: count() }).from(submissions).where(eq(submissions.status, 'queued'))
        return row?.count ?? 0
      }),

    claim: (now, leaseMs, exerciseIds) =>
      write(async (transaction) => {
        const abandoned = and(inArray(submissions.status, underWay), lt(submissions.leaseUntil, now))
        await transaction
          .update(submissions)
          .set({ status: 'cancelled', leaseUntil: null, finishedAt: now })
          .where(and(abandoned, eq(submissions.cancelRequested, true)))
        const waiting = and(eq(submissions.status, 'queued'), lte(submissions.notBefore, now))
        const able = exerciseIds === null ? undefined : inArray(submissions.exerciseId, exerciseIds)
        const next = transaction.locked(
          transaction
            .select({ id: submissions.id })
            .from(submissions)
            .where(and(or(waiting, abandoned), able))
            .orderBy(asc(submissions.createdAt), asc(submissions.id))
            .limit(1),
          { skipLocked: true },
        )
        const [row] = await transaction
          .update(submissions)
          .set({
            status: 'preparing',
            fence: sql`${submissions.fence} + 1`,
            attempts: sql`${submissions.attempts} + 1`,
            leaseUntil: now + leaseMs,
            startedAt: sql`coalesce(${submissions.startedAt}, ${now})`,
          })
          .where(eq(submissions.id, sql`(${next})`))
          .returning()
        return row ? { submission: submissionOf(row), fence: row.fence } : null
      }),

    heartbeat: async (id, fence, leaseUntil) => ({
      cancelled: (await held(id, fence, { leaseUntil })).cancelRequested,
    }),

    setStatus: async (id, fence, status) => {
      await held(id, fence, { status })
    },

    finish: (id, fence, outcome, rating) =>
      write(async (transaction) => {
        const row = await changeHeld(transaction, id, fence, { ...outcome, status: 'done', leaseUntil: null })
        if (rating) await recordReview(database, transaction, rating.input, rating.fresh, rating.apply)
        return submissionOf(row)
      }),

    retry: (id, fence, notBefore, operatorLog) =>
      write(async (transaction) => {
        const { cancelRequested } = await changeHeld(transaction, id, fence, {
          leaseUntil: null,
          notBefore,
          operatorLog,
        })
        const next: Changes = cancelRequested ? { status: 'cancelled', finishedAt: Date.now() } : { status: 'queued' }
        await changeHeld(transaction, id, fence, next)
      }),

    bury: async (id, fence, operatorLog, finishedAt) => {
      await held(id, fence, { status: 'dead', verdict: 'internal-error', leaseUntil: null, operatorLog, finishedAt })
    },

    cancel: (id, learnerId, now) =>
      write(async (transaction) => {
        const own = and(eq(submissions.id, id), eq(submissions.learnerId, learnerId))
        const [row] = await transaction.locked(transaction.select().from(submissions).where(own))
        if (!row) throw new StoreError('not-found', `There is no submission ${id}`)
        if (row.status !== 'queued' && !underWay.includes(row.status)) return submissionOf(row)
        const changes: Changes =
          row.status === 'queued' ? { status: 'cancelled', finishedAt: now } : { cancelRequested: true }
        const [changed] = await transaction.update(submissions).set(changes).where(own).returning()
        return submissionOf(changed ?? row)
      }),

    cancelled: async (id, fence, now) => {
      await held(id, fence, { status: 'cancelled', leaseUntil: null, finishedAt: now })
    },

    ...openEvents(database),

    attemptsSince: (learnerId, exerciseId, since) =>
      read(async (queries) => {
        const rows = await queries
          .select()
          .from(submissions)
          .where(
            and(
              eq(submissions.learnerId, learnerId),
              eq(submissions.exerciseId, exerciseId),
              gte(submissions.createdAt, since),
              eq(submissions.status, 'done'),
              ne(submissions.verdict, 'internal-error'),
            ),
          )
          .orderBy(asc(submissions.createdAt), asc(submissions.id))
        return rows.map(submissionOf)
      }),

    solved: (learnerId) => exerciseIds(and(eq(submissions.learnerId, learnerId), eq(submissions.verdict, 'accepted'))),

    tried: (learnerId) => exerciseIds(and(eq(submissions.learnerId, learnerId), eq(submissions.status, 'done'))),

    count: () => read(async (queries) => (await queries.select({ count: count() }).from(submissions))[0]?.count ?? 0),
  }

  async function exerciseIds(which: ReturnType<typeof and>): Promise<Set<string>> {
    const rows = await read(async (queries) =>
      queries.selectDistinct({ exerciseId: submissions.exerciseId }).from(submissions).where(which),
    )
    return new Set(rows.map((row) => row.exerciseId))
  }
}

async function submissionById(
  { tables: { submissions } }: Database,
  queries: Queries,
  id: string,
): Promise<Row | undefined> {
  const [row] = await queries.select().from(submissions).where(eq(submissions.id, id))
  return row
}

function sameSubmission(
  known: Row,
  input: Pick<SubmissionRow, 'learnerId' | 'exerciseId' | 'language' | 'code'>,
): SubmissionRow {
  const same = (['learnerId', 'exerciseId', 'language', 'code'] as const).every(
    (field) => known[field] === input[field],
  )
  if (!same) throw new StoreError('id-reused', `Submission ${known.id} is known with other content`)
  return submissionOf(known)
}

function submissionOf({ cancelRequested: _asked, ...row }: Row): SubmissionRow {
  return row
}

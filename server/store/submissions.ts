import { and, asc, count, desc, eq, gte, inArray, lt, lte, ne, notInArray, or, type SQL, sql } from 'drizzle-orm'
import type { Status } from '../../graders/verdict.ts'
import { recordReview } from './answer.ts'
import { StoreError } from './error.ts'
import { appendEventsIn, openEvents } from './events.ts'
import { lockLearner } from './learners.ts'
import type { SubmissionRow, SubmissionStore } from './store.ts'
import type { Tables } from './tables.ts'
import type { Database, Queries, Transaction } from './transaction.ts'

type Row = Tables['submissions']['$inferSelect']
type NewRow = Tables['submissions']['$inferInsert']
type Changes = { [Name in keyof NewRow]?: NewRow[Name] | SQL }

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

  /** The last change of whoever holds it. The learner's next one may start. */
  async function endHeld(transaction: Transaction, id: string, fence: number, changes: Changes): Promise<Row> {
    const row = await changeHeld(transaction, id, fence, { ...changes, leaseUntil: null })
    await tell(transaction, { news: [id], work: true })
    return row
  }

  return {
    create: (input) =>
      write(async (transaction) => {
        await lockLearner(database, transaction, input.learnerId)
        const known = await submissionById(database, transaction, input.id)
        if (known) return { submission: sameSubmission(known, input), created: false }
        const { learnerId, exerciseId, createdAt } = input
        const superseded = await transaction
          .update(submissions)
          .set({ status: 'superseded', finishedAt: createdAt })
          .where(
            and(
              eq(submissions.learnerId, learnerId),
              eq(submissions.exerciseId, exerciseId),
              eq(submissions.status, 'queued'),
            ),
          )
          .returning({ id: submissions.id })
        const job = { status: 'queued', attempts: 0, fence: 0, notBefore: createdAt, cancelRequested: false } as const
        const [row] = await transaction
          .insert(submissions)
          .values({ ...input, ...job })
          .returning()
        if (!row) throw new Error('an insert returned nothing')
        await tell(transaction, { news: superseded.map(({ id }) => id), work: true })
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

    next: (now, limit) =>
      read((queries) =>
        queries
          .select({ exerciseId: submissions.exerciseId, language: submissions.language })
          .from(submissions)
          .where(and(eq(submissions.status, 'queued'), lte(submissions.notBefore, now)))
          .orderBy(asc(submissions.createdAt), asc(submissions.id))
          .limit(limit),
      ),

    finishedSince: (since) =>
      read(async (queries) => {
        const finished = and(eq(submissions.status, 'done'), gte(submissions.finishedAt, since))
        return (await queries.select({ count: count() }).from(submissions).where(finished))[0]?.count ?? 0
      }),

    claim: (now, leaseMs, exerciseIds) =>
      write(async (transaction) => {
        // Two claims at once would both find that the learner has nothing under way.
        await transaction.alone()
        const abandoned = and(inArray(submissions.status, underWay), lt(submissions.leaseUntil, now))
        await transaction
          .update(submissions)
          .set({ status: 'cancelled', leaseUntil: null, finishedAt: now })
          .where(and(abandoned, eq(submissions.cancelRequested, true)))
        const waiting = and(eq(submissions.status, 'queued'), lte(submissions.notBefore, now))
        const held = and(inArray(submissions.status, underWay), gte(submissions.leaseUntil, now))
        const busy = transaction.select({ id: submissions.learnerId }).from(submissions).where(held)
        const able = exerciseIds === null ? undefined : inArray(submissions.exerciseId, exerciseIds)
        const next = transaction.locked(
          transaction
            .select({ id: submissions.id })
            .from(submissions)
            .where(and(or(waiting, abandoned), notInArray(submissions.learnerId, busy), able))
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

    appendEvents: (id, fence, events, status) =>
      write(async (transaction) => {
        if (status) await changeHeld(transaction, id, fence, { status })
        await appendEventsIn(database, transaction, id, fence, events)
      }),

    finish: (id, fence, outcome, rating, lastEvents = []) =>
      write(async (transaction) => {
        await appendEventsIn(database, transaction, id, fence, lastEvents)
        const row = await endHeld(transaction, id, fence, { ...outcome, status: 'done' })
        if (rating) await recordReview(database, transaction, rating.input, rating.fresh, rating.apply)
        return submissionOf(row)
      }),

    retry: (id, fence, notBefore, operatorLog) =>
      write(async (transaction) => {
        await changeHeld(transaction, id, fence, { notBefore, operatorLog })
        await backToQueue(transaction, id, fence)
      }),

    giveBack: (id, fence, now) =>
      write(async (transaction) => {
        await changeHeld(transaction, id, fence, {
          notBefore: now,
          attempts: sql`${submissions.attempts} - 1` as never,
        })
        await backToQueue(transaction, id, fence)
      }),

    bury: async (id, fence, operatorLog, finishedAt) => {
      const changes: Changes = { status: 'dead', verdict: 'internal-error', operatorLog, finishedAt }
      await write((transaction) => endHeld(transaction, id, fence, changes))
    },

    dead: () =>
      read(async (queries) => {
        const oldestFirst = [asc(submissions.createdAt), asc(submissions.id)]
        const dead = eq(submissions.status, 'dead')
        return (
          await queries
            .select()
            .from(submissions)
            .where(dead)
            .orderBy(...oldestFirst)
        ).map(submissionOf)
      }),

    requeue: (id, now) =>
      write(async (transaction) => {
        const [row] = await transaction
          .update(submissions)
          .set({ status: 'queued', verdict: null, attempts: 0, notBefore: now, finishedAt: null })
          .where(and(eq(submissions.id, id), eq(submissions.status, 'dead')))
          .returning()
        if (row) await tell(transaction, { news: [id], work: true })
        return row ? submissionOf(row) : null
      }),

    cancel: (id, learnerId, now) =>
      write(async (transaction) => {
        const own = and(eq(submissions.id, id), eq(submissions.learnerId, learnerId))
        const [row] = await transaction.locked(transaction.select().from(submissions).where(own))
        if (!row) throw new StoreError('not-found', `There is no submission ${id}`)
        if (row.status !== 'queued' && !underWay.includes(row.status)) return submissionOf(row)
        const changes: Changes =
          row.status === 'queued' ? { status: 'cancelled', finishedAt: now } : { cancelRequested: true }
        const [changed] = await transaction.update(submissions).set(changes).where(own).returning()
        await tell(transaction, { news: [id], work: true })
        return submissionOf(changed ?? row)
      }),

    cancelled: async (id, fence, now) => {
      await write((transaction) => endHeld(transaction, id, fence, { status: 'cancelled', finishedAt: now }))
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

  /** Whoever cancelled it meanwhile does not want it tried again. */
  async function backToQueue(transaction: Transaction, id: string, fence: number): Promise<void> {
    const [row] = await transaction
      .select({ cancelRequested: submissions.cancelRequested })
      .from(submissions)
      .where(eq(submissions.id, id))
    await endHeld(
      transaction,
      id,
      fence,
      row?.cancelRequested ? { status: 'cancelled', finishedAt: Date.now() } : { status: 'queued' },
    )
  }

  async function exerciseIds(which: ReturnType<typeof and>): Promise<Set<string>> {
    const rows = await read(async (queries) =>
      queries.selectDistinct({ exerciseId: submissions.exerciseId }).from(submissions).where(which),
    )
    return new Set(rows.map((row) => row.exerciseId))
  }
}

async function tell(transaction: Transaction, { news, work }: { news: string[]; work: boolean }): Promise<void> {
  if (work) await transaction.announce({ type: 'work' })
  for (const submissionId of news) await transaction.announce({ type: 'news', submissionId })
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

import { and, asc, eq, inArray, lt, or, sql } from 'drizzle-orm'
import type { Status } from '../../graders/verdict.ts'
import { StoreError } from './error.ts'
import { lockLearner } from './learners.ts'
import type { RunRow, RunStore } from './store.ts'
import type { Tables } from './tables.ts'
import type { Database } from './transaction.ts'

type Changes = Partial<Tables['runs']['$inferInsert']>

const underWay: Status[] = ['preparing', 'running']
const open: Status[] = ['queued', ...underWay]
/** A learner's ended runs are deleted by the first new one after so long. */
const keptMs = 60 * 60_000
/** Claims after which a run is given up: it costs the learner nothing to press Run again. */
const maxAttempts = 3

/**
 * Runs stand apart from submissions, so that nothing that counts attempts, rates or lists can meet one. Whoever ends a run
 * simply writes its last status: the worker that holds it finds at its next heartbeat that the lease is lost.
 */
export function openRuns(database: Database): RunStore {
  const { read, write } = database
  const { runs } = database.tables

  const held = (id: string, fence: number, changes: Changes) =>
    write(async (transaction) => {
      const [row] = await transaction
        .update(runs)
        .set(changes)
        .where(and(eq(runs.id, id), eq(runs.fence, fence), inArray(runs.status, underWay)))
        .returning({ id: runs.id })
      if (!row) throw new StoreError('lease-lost', `Run ${id} is no longer held under number ${fence}`)
      await transaction.announce({ type: 'news', submissionId: id })
    })

  return {
    create: (input) =>
      write(async (transaction) => {
        const { learnerId, createdAt } = input
        await lockLearner(database, transaction, learnerId)
        const superseded = await transaction
          .update(runs)
          .set({ status: 'superseded', leaseUntil: null, finishedAt: createdAt })
          .where(and(eq(runs.learnerId, learnerId), inArray(runs.status, open)))
          .returning({ id: runs.id })
        await transaction
          .delete(runs)
          .where(and(eq(runs.learnerId, learnerId), lt(runs.finishedAt, createdAt - keptMs)))
        await transaction.insert(runs).values({ ...input, status: 'queued', events: [], attempts: 0, fence: 0 })
        await transaction.announce({ type: 'work' })
        for (const { id } of superseded) await transaction.announce({ type: 'news', submissionId: id })
      }),

    get: (id) =>
      read(async (queries) => {
        const [row] = await queries.select().from(runs).where(eq(runs.id, id))
        return (row as RunRow | undefined) ?? null
      }),

    claim: (now, leaseMs, exerciseIds) =>
      write(async (transaction) => {
        const abandoned = and(inArray(runs.status, underWay), lt(runs.leaseUntil, now))
        await transaction
          .update(runs)
          .set({ status: 'dead', leaseUntil: null, finishedAt: now })
          .where(and(abandoned, sql`${runs.attempts} >= ${maxAttempts}`))
        const able = exerciseIds === null ? undefined : inArray(runs.exerciseId, exerciseIds)
        const next = transaction.locked(
          transaction
            .select({ id: runs.id })
            .from(runs)
            .where(and(or(eq(runs.status, 'queued'), abandoned), able))
            .orderBy(asc(runs.createdAt), asc(runs.id))
            .limit(1),
          { skipLocked: true },
        )
        const [row] = await transaction
          .update(runs)
          .set({
            status: 'preparing',
            fence: sql`${runs.fence} + 1`,
            attempts: sql`${runs.attempts} + 1`,
            leaseUntil: now + leaseMs,
            startedAt: sql`coalesce(${runs.startedAt}, ${now})`,
          })
          .where(eq(runs.id, sql`(${next})`))
          .returning()
        return row ? { run: row as RunRow, fence: row.fence } : null
      }),

    heartbeat: (id, fence, leaseUntil) => held(id, fence, { leaseUntil }),
    progress: (id, fence, status, events) => held(id, fence, { status, events }),
    finish: (id, fence, result, finishedAt) =>
      held(id, fence, { status: 'done', result, finishedAt, leaseUntil: null }),

    giveBack: (id, fence, now) =>
      write(async (transaction) => {
        const own = and(eq(runs.id, id), eq(runs.fence, fence), inArray(runs.status, underWay))
        const last: Changes = { status: 'dead', finishedAt: now }
        const isLast = sql`${runs.attempts} >= ${maxAttempts}`
        await transaction
          .update(runs)
          .set({ ...last, leaseUntil: null })
          .where(and(own, isLast))
        await transaction.update(runs).set({ status: 'queued', leaseUntil: null }).where(own)
        await transaction.announce({ type: 'work' })
        await transaction.announce({ type: 'news', submissionId: id })
      }),

    cancel: (id, now) =>
      write(async (transaction) => {
        await transaction
          .update(runs)
          .set({ status: 'cancelled', leaseUntil: null, finishedAt: now })
          .where(and(eq(runs.id, id), inArray(runs.status, open)))
        await transaction.announce({ type: 'work' })
        await transaction.announce({ type: 'news', submissionId: id })
      }),
  }
}

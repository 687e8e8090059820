import { and, asc, eq, gte } from 'drizzle-orm'
import { StoreError } from './error.ts'
import { lockLearner } from './learners.ts'
import type { HintStore, TakenHint } from './store.ts'
import type { Database, Queries } from './transaction.ts'

export function openHints(database: Database): HintStore {
  const { read, write } = database
  const { hints } = database.tables

  const taken = (queries: Queries, learnerId: string, exerciseId: string, since: number): Promise<TakenHint[]> =>
    queries
      .select({ step: hints.step, takenAt: hints.takenAt })
      .from(hints)
      .where(and(eq(hints.learnerId, learnerId), eq(hints.exerciseId, exerciseId), gte(hints.takenAt, since)))
      .orderBy(asc(hints.step))

  return {
    take: ({ learnerId, exerciseId, step, takenAt, since }) =>
      write(async (transaction) => {
        await lockLearner(database, transaction, learnerId)
        const before = await taken(transaction, learnerId, exerciseId, since)
        if (step <= before.length) return before
        if (step > before.length + 1)
          throw new StoreError('hint-not-next', `Step ${step} of the hints comes after step ${before.length + 1}`)
        await transaction.insert(hints).values({ learnerId, exerciseId, step, takenAt })
        return [...before, { step, takenAt }]
      }),

    takenSince: (learnerId, exerciseId, since) => read(async (queries) => taken(queries, learnerId, exerciseId, since)),
  }
}

import { eq } from 'drizzle-orm'
import { StoreError } from './error.ts'
import type { LearnerStore } from './store.ts'
import type { Database, Transaction } from './transaction.ts'

const localId = 'local'

export function openLearners({ tables: { learners }, read, write }: Database): LearnerStore {
  const get = (id: string) =>
    read(async (queries) => (await queries.select().from(learners).where(eq(learners.id, id)))[0] ?? null)

  return {
    get,

    async local(defaults) {
      const known = await get(localId)
      if (known) return known
      const settings = { ...defaults, timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone }
      const local = { id: localId, name: 'You', settings, createdAt: Date.now() }
      await write(async (transaction) => {
        await transaction.insert(learners).values(local).onConflictDoNothing()
      })
      return (await get(localId)) ?? local
    },

    async saveSettings(id, settings) {
      const [saved] = await write(async (transaction) =>
        transaction.update(learners).set({ settings }).where(eq(learners.id, id)).returning({ id: learners.id }),
      )
      if (!saved) throw unknownLearner(id)
    },
  }
}

/**
 * Lets nobody else change this learner's states, log or queued submissions until the end of the transaction, so that posts of
 * one learner take effect one after another. Error: not-found.
 */
export async function lockLearner(
  { tables: { learners } }: Database,
  transaction: Transaction,
  id: string,
): Promise<void> {
  const [learner] = await transaction.locked(
    transaction.select({ id: learners.id }).from(learners).where(eq(learners.id, id)),
  )
  if (!learner) throw unknownLearner(id)
}

const unknownLearner = (id: string) => new StoreError('not-found', `There is no learner ${id}`)

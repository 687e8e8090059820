import { and, eq } from 'drizzle-orm'
import type { ReferenceStore } from './store.ts'
import type { Database } from './transaction.ts'

export function openReferences({ tables: { references }, read, write }: Database): ReferenceStore {
  return {
    save: (measured) =>
      write(async (transaction) => {
        const { suiteHash, traffic, measuredAt } = measured
        await transaction
          .insert(references)
          .values(measured)
          .onConflictDoUpdate({
            target: [references.exerciseId, references.language],
            set: { suiteHash, traffic, measuredAt },
          })
      }),

    traffic: ({ exerciseId, language, suiteHash }) =>
      read(async (queries) => {
        const [row] = await queries
          .select({ traffic: references.traffic })
          .from(references)
          .where(
            and(
              eq(references.exerciseId, exerciseId),
              eq(references.language, language),
              eq(references.suiteHash, suiteHash),
            ),
          )
        return row?.traffic ?? null
      }),
  }
}

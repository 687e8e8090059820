import { eq, inArray, sql } from 'drizzle-orm'
import { readState, stateColumns, stateFromValues } from './states.ts'
import type { ItemRow, ItemStore } from './store.ts'
import type { Database } from './transaction.ts'

/** SQLite takes 32,766 values in one statement, PostgreSQL 65,535. */
const rowsPerStatement = 1000

export function openItems(database: Database): ItemStore {
  const { read, write } = database
  const { items, states } = database.tables

  return {
    sync: (wanted) =>
      write(async (transaction) => {
        const known = new Map((await transaction.select().from(items)).map((row) => [row.id, row]))
        const wantedById = new Map(wanted.map((item) => [item.id, item]))
        const changed = [...wantedById.values()].filter(({ id, kind, section }) => {
          const row = known.get(id)
          return !row || row.kind !== kind || row.section !== section || row.removed
        })
        const added = changed.map(({ id, kind, section }): ItemRow => ({ id, kind, section, removed: false }))
        for (const rows of inPortions(added))
          await transaction
            .insert(items)
            .values(rows)
            .onConflictDoUpdate({
              target: items.id,
              set: { kind: sql`excluded.kind`, section: sql`excluded.section`, removed: sql`excluded.removed` },
            })
        const gone = [...known.values()].filter((row) => !row.removed && !wantedById.has(row.id)).map((row) => row.id)
        for (const ids of inPortions(gone))
          await transaction.update(items).set({ removed: true }).where(inArray(items.id, ids))
      }),

    all: () => read(async (queries) => queries.select().from(items).orderBy(items.id)),

    states: async (learnerId) => {
      const rows = await database.readRows((queries) =>
        queries.select(stateColumns(states)).from(states).where(eq(states.learnerId, learnerId)),
      )
      return rows.map(stateFromValues)
    },

    state: (learnerId, itemId) =>
      read(async (queries) => (await readState(database, queries, learnerId, itemId))?.state ?? null),
  }
}

function* inPortions<T>(whole: T[]): Generator<T[]> {
  for (let start = 0; start < whole.length; start += rowsPerStatement)
    yield whole.slice(start, start + rowsPerStatement)
}

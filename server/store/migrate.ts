import { fileURLToPath } from 'node:url'
import { type MigrationMeta, readMigrationFiles } from 'drizzle-orm/migrator'
import { StoreError } from './error.ts'

export type Migration = MigrationMeta
/** A migration that ran, as drizzle's journal table keeps it. */
export type Applied = { hash: string; created_at: number | string | null }

/** One open transaction of either dialect, as far as migrating needs it. */
export type MigrationTransaction = {
  run(statement: string): Promise<void>
  rows<Row>(query: string): Promise<Row[]>
  journal: string
  /** Lists the names of all tables but the journal. */
  tablesQuery: string
}

/** The migrations of this program, oldest first. */
export function knownMigrations(dialect: 'sqlite' | 'postgres'): Migration[] {
  return readMigrationFiles({ migrationsFolder: fileURLToPath(new URL(`../../drizzle/${dialect}`, import.meta.url)) })
}

/** By its instant as well as by its hash, which changes with line ends. */
const same = (migration: Migration, applied: Applied) =>
  applied.hash === migration.hash || Number(applied.created_at) === migration.folderMillis

/** What is still to do. Error: store-newer, when the store knows a migration that this program does not. */
export function pendingMigrations(known: Migration[], applied: Applied[], location: string): Migration[] {
  if (applied.some((one) => !known.some((migration) => same(migration, one))))
    throw new StoreError(
      'store-newer',
      `${location} was written by a newer Drillbase: start that version, or choose another store; nothing was changed`,
    )
  return known.filter((migration) => !applied.some((one) => same(migration, one)))
}

/**
 * Runs what is pending, inside the caller's transaction, and counts rows before and after: a table rebuild with foreign keys
 * on was seen to empty a child table and to report success. Not drizzle's own migrate(), which looks at neither before it commits.
 */
export async function applyMigrations(
  transaction: MigrationTransaction,
  known: Migration[],
  location: string,
): Promise<void> {
  const { journal } = transaction
  const applied = await transaction.rows<Applied>(`select hash, created_at from ${journal}`)
  const before = await rowCounts(transaction)
  for (const { sql, hash, folderMillis } of pendingMigrations(known, applied, location)) {
    for (const statement of sql) await transaction.run(statement)
    await transaction.run(`insert into ${journal} (hash, created_at) values ('${hash}', ${folderMillis})`)
  }
  const after = await rowCounts(transaction)
  for (const [table, count] of before) {
    const left = after.get(table) ?? 0
    if (left < count)
      throw new StoreError(
        'migration-failed',
        `Migrating ${location} would leave ${left} of ${count} rows in ${table}: rolled back, nothing was changed`,
      )
  }
}

async function rowCounts({ rows, tablesQuery }: MigrationTransaction): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  for (const { name } of await rows<{ name: string }>(tablesQuery)) {
    const [row] = await rows<{ count: number | string }>(`select count(*) as count from "${name}"`)
    counts.set(name, Number(row?.count))
  }
  return counts
}

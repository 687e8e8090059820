import { openHints } from './hints.ts'
import { openItems } from './items.ts'
import { openLearners } from './learners.ts'
import { knownMigrations } from './migrate.ts'
import { openPostgres } from './postgres.ts'
import { openReferences } from './references.ts'
import { openReviews } from './reviews.ts'
import { openRuns } from './runs.ts'
import { openSqlite } from './sqlite.ts'
import type { Store } from './store.ts'
import { openSubmissions } from './submissions.ts'
import type { Database } from './transaction.ts'

export type OpenOptions = {
  /** Where the SQLite file lies; not touched when there is a `databaseUrl`. */
  dataDir: string
  /** postgres://… selects PostgreSQL. */
  databaseUrl?: string
  /** False leaves out the copy that is made before an existing SQLite store is migrated. */
  backup?: boolean
}

/**
 * Opens the store, made when missing, and brings its schema up to date. Several processes may open the same one.
 * Errors: StoreError store-newer, store-unwritable, migration-failed, disk-full.
 */
export async function openStore({ dataDir, databaseUrl, backup = true }: OpenOptions): Promise<Store> {
  return storeOn(
    databaseUrl
      ? await openPostgres(databaseUrl, knownMigrations('postgres'))
      : await openSqlite(dataDir, knownMigrations('sqlite'), backup),
  )
}

function storeOn(database: Database): Store {
  const reviews = openReviews(database)
  const submissions = openSubmissions(database)
  return {
    dialect: database.dialect,
    location: database.location,
    learners: openLearners(database),
    items: openItems(database),
    reviews,
    submissions,
    hints: openHints(database),
    runs: openRuns(database),
    references: openReferences(database),
    counts: async () => ({ reviews: await reviews.count(), submissions: await submissions.count() }),
    listen: database.listen,
    close: () => database.close(),
  }
}

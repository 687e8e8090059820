import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import pg from 'pg'
import { knownMigrations, type Migration } from './migrate.ts'
import { type OpenOptions, openStore } from './open.ts'
import { openPostgres } from './postgres.ts'
import { openSqlite } from './sqlite.ts'
import { apply, fresh, noon, prepare, reviewInput } from './test-data.ts'
import { type Dialect, ownPlace } from './test-store.ts'

/** A closed store with 50 reviews in it. */
export async function filledPlace(dialect: Dialect): Promise<{ place: OpenOptions; learnerId: string }> {
  const place = await ownPlace(dialect)
  const store = await openStore(place)
  const learnerId = await prepare(store)
  for (let number = 0; number < 50; number++) {
    const input = reviewInput(learnerId, 'card:1', { version: number, answeredAt: noon + number })
    await store.reviews.answer(input, fresh('card:1'), apply)
  }
  await store.close()
  return { place, learnerId }
}

/** Statements behind the store's back; the rows of each. */
export async function directly(place: OpenOptions, ...statements: string[]): Promise<unknown[]> {
  return place.databaseUrl ? onPostgres(place.databaseUrl, statements) : onSqlite(place.dataDir, statements)
}

function onSqlite(dataDir: string, statements: string[]): unknown[] {
  const file = new Sqlite(join(dataDir, 'drillbase.sqlite'))
  try {
    return statements.map((statement) => {
      const prepared = file.prepare(statement)
      return prepared.reader ? prepared.all() : prepared.run()
    })
  } finally {
    file.close()
  }
}

async function onPostgres(databaseUrl: string, statements: string[]): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const rows: unknown[] = []
    for (const statement of statements) rows.push((await client.query(statement)).rows)
    return rows
  } finally {
    await client.end()
  }
}

export const journalOf = (dialect: Dialect) =>
  dialect === 'sqlite' ? '__drizzle_migrations' : 'drizzle.__drizzle_migrations'

/** The migration of a program that does not exist yet. */
export const later = (...sql: string[]): Migration => ({
  sql,
  bps: true,
  folderMillis: 4_000_000_000_000,
  hash: 'later',
})

/** Opens and closes the store as that program would. */
export async function openedWith(dialect: Dialect, place: OpenOptions, migration: Migration): Promise<void> {
  const migrations = [...knownMigrations(dialect), migration]
  const database = await (place.databaseUrl
    ? openPostgres(place.databaseUrl, migrations)
    : openSqlite(place.dataDir, migrations, true))
  await database.close()
}

import pg from 'pg'
import { storeErrorOf } from './error.ts'
import { type Applied, applyMigrations, type Migration, pendingMigrations } from './migrate.ts'
import { openNotices } from './notices.ts'
import { type Database, postgresDatabase } from './transaction.ts'

const journal = 'drizzle.__drizzle_migrations'
const connectTimeoutMs = 10_000
const maxConnections = 10
/** Any number, the same in every Drillbase: who starts second waits for the first to migrate. */
const migrationLock = 7_305_441

/**
 * Opens the database that the URL names and brings its schema up to date. Backing it up is the operator's (pg_dump), because
 * a client of a server has nowhere to put a copy. Errors: store-newer, store-unwritable, migration-failed, disk-full.
 */
export async function openPostgres(databaseUrl: string, migrations: Migration[]): Promise<Database> {
  const location = locationOf(databaseUrl)
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: maxConnections,
    connectionTimeoutMillis: connectTimeoutMs,
  })
  // A connection that breaks while idle is replaced; without a listener it would end the process.
  pool.on('error', () => undefined)
  try {
    const { rows } = await pool.query('select to_regclass($1) is not null as there', [journal])
    const applied = rows[0].there ? (await pool.query<Applied>(`select hash, created_at from ${journal}`)).rows : []
    if (pendingMigrations(migrations, applied, location).length > 0) await migrate(pool, migrations, location)
    return postgresDatabase(location, pool, openNotices(databaseUrl))
  } catch (error) {
    await pool.end()
    throw storeErrorOf(error, location)
  }
}

/** Server and database, without user and password. */
function locationOf(databaseUrl: string): string {
  const { hostname, port, pathname } = new URL(databaseUrl)
  return `${hostname}:${port || '5432'}${pathname}`
}

async function migrate(pool: pg.Pool, migrations: Migration[], location: string): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    await client.query('select pg_advisory_xact_lock($1)', [migrationLock])
    await client.query('create schema if not exists drizzle')
    await client.query(
      `create table if not exists ${journal} (id serial primary key, hash text not null, created_at bigint)`,
    )
    await applyMigrations(
      {
        run: async (statement) => void (await client.query(statement)),
        rows: async <Row>(query: string) => (await client.query(query)).rows as Row[],
        journal,
        tablesQuery:
          "select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'",
      },
      migrations,
      location,
    )
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw error
  } finally {
    client.release()
  }
}

import { chmodSync, closeSync, existsSync, fsyncSync, mkdirSync, openSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import Sqlite from 'better-sqlite3'
import { StoreError, storeErrorOf } from './error.ts'
import { type Applied, applyMigrations, type Migration, pendingMigrations } from './migrate.ts'
import { type Database, inTurn, sqliteDatabase } from './transaction.ts'

const journal = '__drizzle_migrations'
const busyTimeoutMs = 5000

/**
 * Opens DATA_DIR/drillbase.sqlite, made when missing, and brings its schema up to date; before that a copy is laid beside it.
 * Errors: store-newer, store-unwritable, migration-failed, disk-full.
 */
export function openSqlite(dataDir: string, migrations: Migration[], backup: boolean): Promise<Database> {
  const file = resolve(dataDir, 'drillbase.sqlite')
  return inTurn(file, async () => {
    const opened: Sqlite.Database[] = []
    const connect = (options?: Sqlite.Options) => {
      const connection = new Sqlite(file, { ...options, timeout: busyTimeoutMs })
      opened.push(connection)
      return connection
    }
    try {
      mkdirSync(dataDir, { recursive: true, mode: 0o700 })
      const isNew = !existsSync(file)
      const pending = isNew ? migrations : pendingIn(file, migrations)
      const writer = connect()
      if (isNew) chmodSync(file, 0o600)
      // Fails now, not at the first answer, where a file can only be read.
      writer.exec('begin immediate; rollback')
      writer.pragma('journal_mode = WAL')
      writer.pragma('synchronous = FULL')
      const version = migrations.length - pending.length
      if (backup && version > 0 && pending.length > 0) copyBeside(writer, file, version)
      if (pending.length > 0) await migrate(writer, migrations, file)
      writer.pragma('foreign_keys = ON')
      return sqliteDatabase(file, writer, connect({ readonly: true }))
    } catch (error) {
      for (const connection of opened) connection.close()
      throw storeErrorOf(error, file)
    }
  })
}

/**
 * Looks before anything is opened for writing. Where a write-ahead log lies, only for reading: the last writer to close would
 * move the log into the file. Where none lies, a reader would leave one behind, and a writer takes its own away again.
 */
function pendingIn(file: string, migrations: Migration[]): Migration[] {
  const look = new Sqlite(file, { readonly: existsSync(`${file}-wal`), timeout: busyTimeoutMs })
  try {
    const tables = look.prepare("select name from sqlite_master where type = 'table'").pluck().all()
    if (tables.length > 0 && !tables.includes(journal))
      throw new StoreError('store-unwritable', `${file} is not a Drillbase store: choose another DATA_DIR`)
    const applied = tables.length > 0 ? look.prepare(`select hash, created_at from ${journal}`).all() : []
    return pendingMigrations(migrations, applied as Applied[], file)
  } finally {
    look.close()
  }
}

/** The whole store as it was, named by its version (how many migrations it has seen) and the time; on disk before the first one runs. */
function copyBeside(writer: Sqlite.Database, file: string, version: number): void {
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')
  const copy = file.replace(/\.sqlite$/, `.v${version}-${time}.sqlite`)
  try {
    writer.prepare('vacuum into ?').run(copy)
  } catch (error) {
    rmSync(copy, { force: true })
    throw error
  }
  chmodSync(copy, 0o600)
  const descriptor = openSync(copy, 'r')
  fsyncSync(descriptor)
  closeSync(descriptor)
}

async function migrate(writer: Sqlite.Database, migrations: Migration[], file: string): Promise<void> {
  // Outside the transaction, because inside it does nothing; a rebuilt table would take its children's rows with it.
  writer.pragma('foreign_keys = OFF')
  // Another process that starts at the same time waits here and then finds nothing to do.
  writer.exec('begin immediate')
  try {
    writer.exec(
      `create table if not exists ${journal} (id integer primary key autoincrement, hash text not null, created_at numeric)`,
    )
    await applyMigrations(
      {
        run: async (statement) => void writer.exec(statement),
        rows: async <Row>(query: string) => writer.prepare(query).all() as Row[],
        journal,
        tablesQuery: `select name from sqlite_master where type = 'table' and name not like 'sqlite_%' and name <> '${journal}'`,
      },
      migrations,
      file,
    )
    const [broken] = writer.pragma('foreign_key_check') as { table: string; parent: string }[]
    if (broken)
      throw new StoreError(
        'migration-failed',
        `Migrating ${file} would leave rows of ${broken.table} without their ${broken.parent}: rolled back, nothing was changed`,
      )
    writer.exec('commit')
  } finally {
    if (writer.inTransaction) writer.exec('rollback')
  }
}

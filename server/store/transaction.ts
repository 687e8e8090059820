import type Sqlite from 'better-sqlite3'
import { drizzle as drizzleSqlite } from 'drizzle-orm/better-sqlite3'
import { drizzle as drizzlePostgres } from 'drizzle-orm/node-postgres'
import type { BaseSQLiteDatabase } from 'drizzle-orm/sqlite-core'
import type pg from 'pg'
import { codeOf, storeErrorOf } from './error.ts'
import { announce, type Notices } from './notices.ts'
import * as postgresTables from './schema.pg.ts'
import * as sqliteTables from './schema.sqlite.ts'
import type { Change } from './store.ts'
import type { Tables } from './tables.ts'

/** Builds queries; awaiting one runs it. Only what both dialects have may be used: no `.all()`, `.get()`, `.run()`. */
export type Queries = BaseSQLiteDatabase<'async', unknown>

/** A transaction's queries, and what locks rows in it. */
export type Transaction = Queries & {
  /**
   * The query with its rows locked until the end of the transaction; `skipLocked` passes over rows that somebody else has.
   * SQLite needs neither: its transaction has the whole file.
   */
  locked<Query>(query: Query, options?: { skipLocked: boolean }): Query
  /** Nobody else is in a transaction that called this, until the end of this one. SQLite's writers are alone anyway. */
  alone(): Promise<void>
  /** Tells whoever listens on this database, in every process, once the transaction is committed. SQLite: nobody can. */
  announce(change: Change): Promise<void>
}

export interface Database {
  readonly dialect: 'sqlite' | 'postgres'
  readonly location: string
  readonly tables: Tables
  /** Sees what was committed before it began. */
  read<T>(body: (queries: Queries) => Promise<T>): Promise<T>
  /**
   * The rows as the driver gives them, values in the order of selection: PostgreSQL's bigints are strings, SQLite's flags are
   * numbers. For 100,000 rows, where drizzle's own mapping takes longer than reading them.
   */
  readRows(build: (queries: Queries) => { toSQL(): { sql: string; params: unknown[] } }): Promise<unknown[][]>
  /**
   * All of the body or nothing, on disk when the promise resolves. The body awaits only queries of its transaction, because
   * on SQLite every other writer waits for it, and it may run again, because PostgreSQL sometimes asks for that.
   */
  write<T>(body: (transaction: Transaction) => Promise<T>): Promise<T>
  /** Calls back for what any process announces; returns how to stop. On SQLite never. */
  listen(listener: (change: Change) => void): () => void
  close(): Promise<void>
}

/**
 * SQLite: one connection writes, one transaction after another, and another one reads; a statement of somebody else can
 * never get into an open transaction. `begin immediate` takes the file's lock at once, since a second process (the grading
 * worker) writes to the same file, and a transaction that starts as a reader cannot become a writer after the other wrote.
 */
export function sqliteDatabase(location: string, writer: Sqlite.Database, reader: Sqlite.Database): Database {
  const queries = drizzleSqlite(reader) as unknown as Queries
  const transaction = Object.assign(drizzleSqlite(writer) as unknown as Queries, {
    locked: <Query>(query: Query) => query,
    alone: async () => {},
    announce: async () => {},
  })
  async function whole<T>(body: (transaction: Transaction) => Promise<T>): Promise<T> {
    writer.exec('begin immediate')
    try {
      const result = await body(transaction)
      writer.exec('commit')
      return result
    } finally {
      // A full disk may have rolled back already.
      if (writer.inTransaction) writer.exec('rollback')
    }
  }

  return {
    dialect: 'sqlite',
    location,
    tables: sqliteTables,
    read: (body) => translated(location, () => body(queries)),
    readRows: (build) =>
      translated(location, async () => {
        const { sql, params } = build(queries).toSQL()
        return reader
          .prepare<unknown[], unknown[]>(sql)
          .raw()
          .all(...params)
      }),
    write: (body) => inTurn(location, () => translated(location, () => whole(body))),
    listen: () => () => {},
    close: () =>
      inTurn(location, async () => {
        reader.close()
        writer.close()
      }),
  }
}

const turns = new Map<string, Promise<unknown>>()

/**
 * Runs one transaction on a SQLite file after another, for all stores of this process: waiting for the file's lock stops the
 * whole process, and with it the transaction that would give the lock back.
 */
export function inTurn<T>(file: string, run: () => Promise<T>): Promise<T> {
  const turn = (turns.get(file) ?? Promise.resolve()).then(run)
  turns.set(
    file,
    turn.catch(() => undefined),
  )
  return turn
}

/** PostgreSQL gave up one of two transactions that were in each other's way; the same again succeeds. */
const tryAgainCodes = new Set(['40001', '40P01'])
const maxTries = 10
/** Any number, the same in every Drillbase. */
const aloneLock = 7_305_442

/** PostgreSQL: each transaction on a connection of its own, read committed, with row locks where an order is needed. */
export function postgresDatabase(location: string, pool: pg.Pool, notices: Notices): Database {
  const queries = drizzlePostgres(pool) as unknown as Queries

  async function whole<T>(body: (transaction: Transaction) => Promise<T>): Promise<T> {
    const client = await pool.connect()
    const transaction = Object.assign(drizzlePostgres(client) as unknown as Queries, {
      locked: lockRows,
      alone: async () => void (await client.query('select pg_advisory_xact_lock($1)', [aloneLock])),
      announce: (change: Change) => announce(client, change),
    })
    let broken: Error | undefined
    try {
      await client.query('begin')
      const result = await body(transaction)
      await client.query('commit')
      return result
    } catch (error) {
      await client.query('rollback').catch((lost: Error) => {
        broken = lost
      })
      throw error
    } finally {
      client.release(broken)
    }
  }

  async function retried<T>(body: (transaction: Transaction) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await translated(location, () => whole(body))
      } catch (error) {
        if (tries === maxTries || !tryAgainCodes.has(codeOf(error))) throw error
      }
    }
  }

  return {
    dialect: 'postgres',
    location,
    tables: postgresTables,
    read: (body) => translated(location, () => body(queries)),
    readRows: (build) =>
      translated(location, async () => {
        const { sql, params } = build(queries).toSQL()
        return (await pool.query<unknown[]>({ text: sql, values: params, rowMode: 'array' })).rows
      }),
    write: retried,
    listen: notices.listen,
    async close() {
      await notices.close()
      await pool.end()
    },
  }
}

/** `no key update`: rows that merely point to the locked one can still be inserted. */
function lockRows<Query>(query: Query, options?: { skipLocked: boolean }): Query {
  const postgresQuery = query as { for(strength: 'no key update', config?: { skipLocked: true }): Query }
  return postgresQuery.for('no key update', options?.skipLocked ? { skipLocked: true } : undefined)
}

async function translated<T>(location: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    throw storeErrorOf(error, location)
  }
}

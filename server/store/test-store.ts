import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { onTestFinished, vi } from 'vitest'
import { type OpenOptions, openStore } from './open.ts'
import type { Store } from './store.ts'
import { prepare } from './test-data.ts'

// No test measures time; on a busy machine every fsync and every new process may take long.
vi.setConfig({ testTimeout: 120_000 })

/** Every store test has one body that runs on both. */
export const dialects = ['sqlite', 'postgres'] as const
export type Dialect = (typeof dialects)[number]

/** A folder, and for PostgreSQL a database, of this test's own; gone when it ends. */
export async function ownPlace(dialect: Dialect): Promise<OpenOptions> {
  const dataDir = mkdtempSync(join(tmpdir(), 'drillbase-store-'))
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }))
  if (dialect === 'sqlite') return { dataDir }
  const database = `store_${crypto.randomUUID().replaceAll('-', '')}`
  await onServer(`create database ${database}`)
  onTestFinished(() => onServer(`drop database ${database} with (force)`))
  const url = new URL(process.env.TEST_DATABASE_URL ?? '')
  url.pathname = database
  return { dataDir, databaseUrl: url.href }
}

async function onServer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: process.env.TEST_DATABASE_URL })
  await client.connect()
  await client.query(statement)
  await client.end()
}

/** Opened here and closed when the test ends. */
export async function opened(place: OpenOptions): Promise<Store> {
  const store = await openStore(place)
  onTestFinished(() => store.close())
  return store
}

/** An open store with one learner and some items: `card:0` to `card:9` and `exercise:a`. */
export async function storeWithLearner(
  dialect: Dialect,
): Promise<{ store: Store; learnerId: string; place: OpenOptions }> {
  const place = await ownPlace(dialect)
  const store = await opened(place)
  return { store, learnerId: await prepare(store), place }
}

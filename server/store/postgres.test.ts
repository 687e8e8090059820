import { eq, sql } from 'drizzle-orm'
import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { defaultSettings } from '../scheduler/types.ts'
import { knownMigrations } from './migrate.ts'
import { type OpenOptions, openStore } from './open.ts'
import { openPostgres } from './postgres.ts'
import { apply, fresh, reviewInput } from './test-data.ts'
import { directly } from './test-migration.ts'
import { opened, ownPlace, storeWithLearner } from './test-store.ts'

/** The place's URL with parts of it changed. */
function urlWith(
  { databaseUrl = '' }: OpenOptions,
  parts: Partial<Pick<URL, 'port' | 'username' | 'password' | 'pathname'>>,
): string {
  const url = new URL(databaseUrl)
  Object.assign(url, parts)
  return url.href
}

test('a full disk on the server has the same code, and what was acknowledged stays', async () => {
  const { store, learnerId, place } = await storeWithLearner('postgres')
  await store.reviews.answer(reviewInput(learnerId, 'card:1'), fresh('card:1'), apply)
  await directly(
    place,
    "create function full_disk() returns trigger language plpgsql as $$ begin raise 'no space left' using errcode = 'disk_full'; end $$",
    'create trigger full_disk before insert on reviews for each row execute function full_disk()',
  )
  const refused = store.reviews.answer(reviewInput(learnerId, 'card:2'), fresh('card:2'), apply)
  await expect(refused).rejects.toMatchObject({
    code: 'disk-full',
    message: expect.stringContaining('free some space'),
  })
  expect(await store.counts()).toMatchObject({ reviews: 1 })
  expect(await store.items.state(learnerId, 'card:2')).toBeNull()
})

test('a server that does not answer, a wrong password and a missing database are refused without the password', async () => {
  const place = await ownPlace('postgres')
  const changes = [{ port: '1' }, { password: 'hush' }, { pathname: 'none' }]
  for (const change of changes) {
    const databaseUrl = urlWith(place, change)
    const refused = await openStore({ ...place, databaseUrl }).catch((error) => error)
    expect(refused).toMatchObject({ code: 'store-unwritable', message: expect.stringContaining('DATABASE_URL') })
    expect(refused.message).not.toContain(new URL(databaseUrl).password)
  }
})

test('a role that may not create tables is told so', async () => {
  const place = await ownPlace('postgres')
  const role = `reader_${crypto.randomUUID().slice(0, 8)}`
  await directly(place, `create role ${role} login password 'secret'`)
  onTestFinished(
    async () => void (await directly({ ...place, databaseUrl: process.env.TEST_DATABASE_URL }, `drop role ${role}`)),
  )
  const databaseUrl = urlWith(place, { username: role, password: 'secret' })
  await expect(openStore({ ...place, databaseUrl })).rejects.toMatchObject({ code: 'store-unwritable' })
})

test('several processes that start at once migrate once', async () => {
  const place = await ownPlace('postgres')
  const stores = await Promise.all([opened(place), opened(place), opened(place)])
  const learners = await Promise.all(stores.map((store) => store.learners.local(defaultSettings)))
  expect(new Set(learners.map((learner) => JSON.stringify(learner))).size).toBe(1)
})

test('of two transactions in each other’s way both come through', async () => {
  const place = await ownPlace('postgres')
  const store = await opened(place)
  await store.items.sync(['card:1', 'card:2'].map((id) => ({ id, kind: 'card', section: '0' })))
  const database = await openPostgres(place.databaseUrl ?? '', knownMigrations('postgres'))
  onTestFinished(() => database.close())
  const { items } = database.tables
  const met = Promise.withResolvers<void>()
  let arrived = 0
  const touch = (ids: string[]) =>
    database.write(async (transaction) => {
      for (const id of ids) {
        await transaction
          .update(items)
          .set({ section: sql`${items.section} || '1'` })
          .where(eq(items.id, id))
        if (++arrived === 2) met.resolve()
        await met.promise
      }
    })
  await Promise.all([touch(['card:1', 'card:2']), touch(['card:2', 'card:1'])])
  expect((await store.items.all()).map((item) => item.section)).toEqual(['011', '011'])
})

test('a connection that the server drops is replaced', async () => {
  const { store, place } = await storeWithLearner('postgres')
  const admin = new pg.Client({ connectionString: place.databaseUrl })
  await admin.connect()
  await admin.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  )
  await admin.end()
  await expect.poll(() => store.counts().catch(() => null)).toEqual({ reviews: 0, submissions: 0 })
})

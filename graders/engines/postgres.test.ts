import { connect } from 'node:net'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Grants } from '../exercise.ts'
import type { Engine, PostgresAccess } from './engine.ts'
import { leaseFor, startForTest } from './engine-fixture.ts'

const modest: Grants = { postgres: { tables: ['select', 'insert'], sequences: true, create: false, temp: false } }
const generous: Grants = { postgres: { tables: ['select'], sequences: true, create: true, temp: true } }

let engine: Engine
let access: PostgresAccess
const open: pg.Client[] = []

beforeAll(async () => {
  engine = await startForTest('postgres')
})
afterAll(() => engine?.stop())
afterEach(async () => {
  await Promise.allSettled(open.splice(0).map((client) => client.end()))
})

async function login(who: { user: string; password?: string }, database = access.database): Promise<pg.Client> {
  const client = new pg.Client({ host: access.upstream, database, ...who })
  client.on('error', () => {})
  await client.connect()
  open.push(client)
  return client
}

describe('a lease', () => {
  beforeAll(async () => {
    access = await leaseFor(engine, 'postgres', modest)
    const inspector = await login(access.inspector)
    await inspector.query('create table public.accounts (id serial primary key, name text)')
    await inspector.query("insert into public.accounts (name) values ('mine')")
  })
  afterAll(async () => expect(await engine.release()).toBe('clean'))

  test('gives the learner what the exercise grants on what the inspector made', async () => {
    const learner = await login(access.learner)
    await learner.query("insert into accounts (name) values ('yours')")
    expect((await learner.query('select name from accounts order by id')).rows).toEqual([
      { name: 'mine' },
      { name: 'yours' },
    ])
  })

  test.each([
    ['update accounts set name = $$x$$', '42501'],
    ['delete from accounts', '42501'],
    ['drop table accounts', '42501'],
    ['alter table accounts disable trigger all', '42501'],
    ['create table t (a int)', '42501'],
    ['create temp table t (a int)', '42501'],
    ['create schema s', '42501'],
    ['create role r', '42501'],
    ['create extension dblink', '42501'],
    ["copy accounts to program 'cat'", '42501'],
    ["copy accounts from '/etc/passwd'", '42501'],
    ["select pg_read_file('/etc/passwd')", '42501'],
    ['select lo_create(0)', '42501'],
    ["alter system set work_mem = '1GB'", '42501'],
    ['set session authorization postgres', '42501'],
    ['set role pg_monitor', '42501'],
    ["select pg_create_physical_replication_slot('left_behind')", '42501'],
    ['select rolpassword from pg_authid', '42501'],
  ])('refuses the learner: %s', async (statement, code) => {
    const learner = await login(access.learner)
    await expect(learner.query(statement)).rejects.toMatchObject({ code })
  })

  test('refuses a prepared transaction, which would outlive the lease', async () => {
    const learner = await login(access.learner)
    await learner.query('begin')
    await expect(learner.query("prepare transaction 'left behind'")).rejects.toMatchObject({ code: '55000' })
  })

  test('lets the learner into no other database', async () => {
    for (const database of ['postgres', 'template1', 'drillbase_template'])
      await expect(login(access.learner, database)).rejects.toMatchObject({ code: '42501' })
  })

  test('lets nobody in without the right password', async () => {
    for (const user of ['postgres', access.inspector.user, access.learner.user, 'root', 'stranger'])
      for (const password of ['', 'postgres', 'wrong']) await expect(login({ user, password })).rejects.toThrow()
    await expect(login({ user: access.inspector.user, password: access.learner.password })).rejects.toMatchObject({
      code: '28P01',
    })
    await expect(login({ user: 'postgres', password: access.learner.password })).rejects.toMatchObject({
      code: '28P01',
    })
  })

  test('the inspector is no superuser, has an empty search path and may end the learner’s backends', async () => {
    const inspector = await login(access.inspector)
    const learner = await login(access.learner)
    const { rows } = await learner.query('select pg_backend_pid() as pid')
    expect((await inspector.query('show search_path')).rows).toEqual([{ search_path: '""' }])
    expect((await inspector.query("select current_setting('is_superuser') as it")).rows).toEqual([{ it: 'off' }])
    expect((await inspector.query('select pg_terminate_backend($1) as done', [rows[0].pid])).rows).toEqual([
      { done: true },
    ])
  })

  test('a table that grows without end meets an error, and the server goes on', async () => {
    const inspector = await login(access.inspector)
    await inspector.query('alter table public.accounts alter name set storage plain')
    const learner = await login(access.learner)
    const flood = learner.query("insert into accounts (name) select repeat('x', 7000) from generate_series(1, 100000)")
    await expect(flood).rejects.toMatchObject({ code: expect.stringMatching(/^(53100|54000|58030|58P01|XX000)$/) })
    expect((await learner.query('select 1 as one')).rows).toEqual([{ one: 1 }])
    expect(await engine.isHealthy()).toBe(true)
  })

  test('the inspector still gets in when the learner holds every connection it can get', async () => {
    const logins = await Promise.allSettled(Array.from({ length: 100 }, () => login(access.learner)))
    expect(logins.some(({ status }) => status === 'rejected')).toBe(true)
    await login(access.inspector)
  })
})

describe('after a release', () => {
  test('nothing remains of sessions, locks and open transactions, and the next lease is another database', async () => {
    access = await leaseFor(engine, 'postgres', generous)
    const before = access
    const sleeper = await login(access.learner)
    void sleeper.query('select pg_advisory_lock(1), pg_sleep(60)').catch(() => {})
    const writer = await login(access.learner)
    await writer.query(
      'create table left_behind (a int); create temp table also (a int); listen news; begin; insert into left_behind values (1)',
    )
    expect(await engine.release()).toBe('clean')
    access = await leaseFor(engine, 'postgres', modest)
    expect(access.database).not.toBe(before.database)
    await expect(login(before.learner)).rejects.toMatchObject({ code: '28P01' })
    const inspector = await login(access.inspector)
    expect((await inspector.query("select * from pg_tables where schemaname = 'public'")).rows).toEqual([])
    expect((await inspector.query("select * from pg_locks where locktype = 'advisory'")).rows).toEqual([])
    expect(await engine.release()).toBe('clean')
  })

  test('a login that was never finished holds nothing up', async () => {
    access = await leaseFor(engine, 'postgres', modest)
    const socket = connect(join(access.upstream, '.s.PGSQL.5432'))
    await new Promise((resolve) => socket.once('connect', resolve))
    expect(await engine.release()).toBe('clean')
    socket.destroy()
  })

  test('only then is another lease given', async () => {
    access = await leaseFor(engine, 'postgres', modest)
    await expect(engine.lease(modest)).rejects.toThrow('leased already')
    expect(await engine.release()).toBe('clean')
  })
})

describe('faults', () => {
  beforeAll(async () => {
    access = await leaseFor(engine, 'postgres', modest)
  })
  afterAll(() => engine.release())

  test('a frozen server answers when it is thawed, and thawing twice is no error', async () => {
    const learner = await login(access.learner)
    await engine.pause()
    let answered = false
    const answer = learner.query('select 1 as one').then(({ rows }) => {
      answered = true
      return rows
    })
    expect(await engine.isHealthy()).toBe(false)
    expect(answered).toBe(false)
    await engine.unpause()
    await engine.unpause()
    expect(await answer).toEqual([{ one: 1 }])
    expect(await engine.isHealthy()).toBe(true)
  })

  test('a restarted server keeps its address, its data and its roles', async () => {
    const inspector = await login(access.inspector)
    await inspector.query('create table public.kept (a int); insert into public.kept values (7)')
    await engine.restart()
    await expect(inspector.query('select 1')).rejects.toThrow()
    const learner = await login(access.learner)
    expect((await learner.query('select a from kept')).rows).toEqual([{ a: 7 }])
  })
})

// The last one: nobody gets in after it.
test('a server whose memory for locks is used up says that its memory is, and is thrown away', async () => {
  access = await leaseFor(engine, 'postgres', modest)
  expect([await engine.isHealthy(), await engine.ranOutOfMemory()]).toEqual([true, false])
  const learner = await login(access.learner)
  let from = 0
  for (let size = 512; size > 0; size >>= 1)
    for (let isFull = false; !isFull; from += size)
      isFull = await learner
        .query('select count(pg_advisory_lock(n)) from generate_series($1::int, $2::int) n', [from, from + size - 1])
        .then(
          () => false,
          ({ code }) => {
            expect(code).toBe('53200')
            return true
          },
        )
  expect([await engine.isHealthy(), await engine.ranOutOfMemory()]).toEqual([false, true])
  expect(await engine.release()).toBe('discard')
})

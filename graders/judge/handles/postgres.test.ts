import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openForTest } from './handle-fixture.ts'
import { postgresHandle } from './postgres.ts'

describe('the handle of PostgreSQL', () => {
  let opened: Awaited<ReturnType<typeof openForTest>>
  let postgres: ReturnType<typeof postgresHandle>
  const learners: pg.Client[] = []
  beforeAll(async () => {
    opened = await openForTest('postgres')
    postgres = postgresHandle(opened.backEnd.engine('postgres'), {
      schema:
        'create table public.a (id serial primary key, x int); create table public.b (a int references public.a(id)); create sequence public.hits',
      seed: (inspect) => inspect.query('insert into public.a (x) values (7)'),
    })
    await postgres.setUp()
  })
  afterEach(async () => {
    for (const learner of learners.splice(0)) await learner.end()
  })
  afterAll(async () => {
    await postgres.close()
    await opened.close()
  })
  const learn = async () => {
    const client = new pg.Client(postgres.handle.cfg.pg)
    client.on('error', () => {})
    await client.connect()
    learners.push(client)
    return client
  }
  const rows = async (sql: string) => (await postgres.handle.inspect.query(sql)).rows

  test('empties, starts sequences again and seeds', async () => {
    const learner = await learn()
    await postgres.reset()
    await learner.query("insert into a (x) values (1), (2); insert into b select id from a; select nextval('hits')")
    await postgres.reset()
    expect(await rows('select * from public.a')).toEqual([{ id: 1, x: 7 }])
    expect(await rows('select * from public.b')).toEqual([])
    expect(await rows("select nextval('public.hits')")).toEqual([{ nextval: '1' }])
  })

  test('empties although a backend still holds locks', async () => {
    const learner = await learn()
    await learner.query('begin; update a set x = 1')
    await postgres.reset()
    expect(await rows('select x from public.a')).toEqual([{ x: 7 }])
  })

  test("sees and ends the learner's backends, all or those named", async () => {
    const [one, two] = [await learn(), await learn()]
    await one.query('begin; select 1')
    const sessions = await postgres.handle.sessions()
    expect(sessions.map(({ state }) => state).toSorted()).toEqual(['idle', 'idle in transaction'])
    const waiting = sessions.find(({ state }) => state === 'idle in transaction')
    expect(waiting?.query).toBe('begin; select 1')
    expect(await postgres.handle.faults.terminateBackends([waiting?.pid ?? 0])).toBe(1)
    await expect(one.query('select 1')).rejects.toThrow()
    expect((await two.query('select 1 as one')).rows).toEqual([{ one: 1 }])
    expect(await postgres.handle.faults.terminateBackends()).toBe(1)
    expect(await postgres.handle.sessions()).toEqual([])
  })

  test('counts a deadlock as soon as it is ended', async () => {
    await postgres.reset()
    await postgres.handle.inspect.query('insert into public.a (x) values (8)')
    postgres.resetProxy()
    const [one, two] = [await learn(), await learn()]
    await one.query('begin; update a set x = x where x = 7')
    await two.query('begin; update a set x = x where x = 8')
    const outcomes = await Promise.allSettled([
      one.query('update a set x = x where x = 8').then(() => one.query('commit')),
      two.query('update a set x = x where x = 7').then(() => two.query('commit')),
    ])
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(1)
    expect(await postgres.handle.deadlocks()).toBe(1)
    postgres.resetProxy()
    expect(await postgres.handle.deadlocks()).toBe(0)
  })

  test('freezes and thaws, by itself or at the end of the test', async () => {
    const learner = await learn()
    await postgres.handle.faults.pause(200)
    await learner.query('select 1')
    await postgres.handle.faults.pause(60_000)
    await postgres.heal()
    await learner.query('select 1')
  })

  test('restarts on the same address with the same data', async () => {
    await postgres.reset()
    await postgres.handle.faults.restart()
    expect((await (await learn()).query('select x from a')).rows).toEqual([{ x: 7 }])
  })
})

import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Docker from 'dockerode'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { type EngineKind, type Exercise, exercise as exerciseSchema, type Grants } from './exercise.ts'
import { createGraders, type Graders } from './grade.ts'
import type { RunResult } from './run.ts'
import { type Inventory, inventoryLimits } from './sample.ts'

let graders: Graders
const folder = mkdtempSync(join(tmpdir(), 'sample-'))

beforeAll(async () => {
  const runFolder = join(tmpdir(), `drillbase-${randomBytes(3).toString('hex')}`)
  graders = createGraders({ runFolder, maxSlots: 1, warmEngines: 0, warmSandboxes: 1 }, new Docker())
  await graders.prepare()
})
afterAll(async () => {
  await graders.close()
  rmSync(folder, { recursive: true })
})

const declare = (engine: EngineKind, grants: Grants, testMs: number): Exercise =>
  exerciseSchema.parse({
    id: 'scratch',
    title: 'Scratch',
    summary: 'For the tests of runs.',
    engines: [engine],
    grants,
    languages: ['typescript', 'python'],
    minutes: 1,
    concepts: ['none'],
    limits: { testMs, suiteMs: testMs + 2_000 },
    functions: [{ name: 'go', result: 'none' }],
    tests: [{ name: 'nothing', hint: 'A hint of some length.' }],
  })

/** Calls `go(cfg)` of the code once and shows what it returns. */
async function run(engine: EngineKind, code: string, grants: Grants = {}, testMs = 4_000): Promise<RunResult> {
  const schema = engine === 'postgres' ? `{ schema: 'create table public.notes (id int primary key, body text)' }` : ''
  writeFileSync(
    join(folder, 'sample.test.ts'),
    `import { show, submission, use } from 'drillbase/kit'
     import { test } from 'vitest'
     const engine = use.${engine}(${schema})
     test('sample', async () => show('go', submission.call('go', engine.cfg)))`,
  )
  const exercise = declare(engine, grants, testMs)
  return graders.run({ folder, exercise, language: 'typescript', code, seed: 's' }, () => {})
}
const table = (inventory: Inventory[], name: string) => {
  const found = inventory[0]?.tables.find((one) => one.name === name)
  if (!found) throw new Error(`no ${name} in ${JSON.stringify(inventory)}`)
  return found
}

const postgres = (body: string) => `
  import pg from 'pg'
  export async function go(cfg) {
    const client = new pg.Client(cfg.pg)
    client.on('error', () => {})
    await client.connect()
    ${body}
  }`
const allOfPostgres: Grants = {
  postgres: { tables: ['select', 'insert', 'update', 'delete'], sequences: true, create: true, temp: true },
}
const mongodb = (body: string) => `
  import { MongoClient } from 'mongodb'
  export async function go(cfg) {
    const client = new MongoClient(cfg.mongo.url)
    const db = client.db(cfg.mongo.db)
    ${body}
  }`
const redis = (body: string) => `
  import { Redis } from 'ioredis'
  export async function go(cfg) {
    const { prefix, ...rest } = cfg.redis
    const redis = new Redis({ ...rest, keyPrefix: prefix })
    ${body}
  }`

const course = (path: string) => fileURLToPath(new URL(`../exercises/${path}`, import.meta.url))
async function runReference(path: string): Promise<RunResult> {
  const exerciseFolder = course(path)
  const exercise = exerciseSchema.parse(parse(readFileSync(join(exerciseFolder, 'exercise.yaml'), 'utf8')))
  const code = readFileSync(join(exerciseFolder, 'reference/solution.ts'), 'utf8')
  return graders.run({ folder: exerciseFolder, exercise, language: 'typescript', code, seed: 's' }, () => {})
}

describe('a run of the course', () => {
  test('shows calls, refusals and the tables of PostgreSQL as committed', async () => {
    const { problem, shown, inventory, engines } = await runReference('62/62.1/pg-ledger-transfer')
    expect(problem).toBeNull()
    expect(shown[0]).toMatchObject({ kind: 'value', text: '{ id: 1n, replayed: false }' })
    expect(shown.map(({ code }) => code)).toContain('INSUFFICIENT')
    expect(engines).toMatchObject([{ kind: 'postgres' }])
    const accounts = table(inventory, 'accounts')
    expect(accounts.columns).toEqual([
      { name: 'id', type: 'text', isKey: true },
      { name: 'balance', type: 'bigint', isKey: false },
    ])
    expect(accounts.rows).toEqual([
      ['ann', '9007199254741088'],
      ['bob', '25'],
      ['cleo', '0'],
    ])
    expect(accounts.changed).toEqual([0, 1, 2])
    expect(table(inventory, 'transfers').rows[0]).toEqual(['1', 'lunch', 'ann', 'bob', '5', "Ann's half"])
  })

  test('shows documents of MongoDB', async () => {
    const { problem, inventory } = await runReference('62/62.3/mongo-seat-hold')
    expect(problem).toBeNull()
    const shows = table(inventory, 'shows')
    expect(shows).toMatchObject({
      count: 1,
      columns: [{ name: '_id', isKey: true }, { name: 'seats' }, { name: 'requests' }],
    })
    expect(shows.rows[0]?.[1]).toMatch(/^\[ ?\{ n: "A1", holder: "ann", until: 20/)
  })

  test('shows keys of Redis by their names', async () => {
    const { problem, inventory } = await runReference('62/62.5/redis-leaderboard')
    expect(problem).toBeNull()
    const keys = table(inventory, 'keys')
    expect(keys.count).toBeGreaterThan(0)
    expect(keys.rows.some(([key, type]) => key?.includes('friday') && type === 'zset')).toBe(true)
  })

  test('shows items of DynamoDB', async () => {
    const { problem, inventory } = await runReference('19/19.6/ddb-place-order')
    expect(problem).toBeNull()
    expect(table(inventory, 'customers').changed).toEqual([])
    const stock = table(inventory, 'stock')
    expect(stock).toMatchObject({
      count: 2,
      columns: [
        { name: 'sku', isKey: true },
        { name: 'qty', isKey: false },
      ],
    })
    expect(stock.rows.toSorted()).toEqual([
      ['desk', '0'],
      ['lamp', '3'],
    ])
    expect(table(inventory, 'orders').rows[0]).toContain('order-1')
  })
})

describe('what the code left behind', () => {
  test('tables and indexes of its own, a view that is not read, a transaction that is open', async () => {
    const code = postgres(`
      await client.query(\`create table mine (id int primary key, raw bytea, gone text);
        insert into mine values (2, '\\\\x00ff', null), (1, '\\\\xaa', 'x'); create index on mine (gone);
        create view trap as select 1 / 0 as boom\`)
      await client.query('begin; insert into notes values (1, null)')
`)
    const { problem, inventory } = await run('postgres', code, allOfPostgres)
    expect(problem).toBeNull()
    const mine = table(inventory, 'mine')
    expect(mine.rows).toEqual([
      ['1', '\\xaa', 'x'],
      ['2', '\\x00ff', null],
    ])
    expect(mine.notes).toEqual(['Made by your code.', expect.stringMatching(/CREATE INDEX mine_gone_idx/)])
    expect(table(inventory, 'trap')).toMatchObject({
      count: null,
      rows: [],
      notes: ['Made by your code.', expect.stringMatching(/view/)],
    })
    expect(table(inventory, 'notes')).toMatchObject({ count: 0 })
    expect(inventory[0]?.notes).toEqual([expect.stringMatching(/still in a transaction/)])
  })

  test('a table that an open transaction has locked is said to be so', async () => {
    const code = postgres(`await client.query('begin; lock table notes in access exclusive mode')`)
    const { inventory } = await run('postgres', code, allOfPostgres)
    expect(table(inventory, 'notes')).toMatchObject({ count: null, notes: [expect.stringMatching(/has locked it/)] })
  })

  test('the learner’s own functions are not run by whoever looks', async () => {
    const code = postgres(`
      await client.query(\`create type pair as (a int, b int);
        create function spelled(pair) returns text language plpgsql as 'begin raise exception ''run''; end';
        create cast (pair as text) with function spelled(pair) as implicit;
        create table pairs (p pair); insert into pairs values ((1, 2))\`)`)
    const { inventory } = await run('postgres', code, allOfPostgres)
    expect(table(inventory, 'pairs').rows).toEqual([['(1,2)']])
  })

  test('each type of key with its time to live', async () => {
    const code = redis(`
      await redis.set('greeting', 'hello', 'EX', 100)
      await redis.rpush('list', 'a', 'b')
      await redis.hset('hash', 'f', '1')
      await redis.sadd('set', 'y', 'x')
      await redis.zadd('zset', 5, 'five')
      await redis.xadd('stream', '1-1', 'k', 'v')`)
    const { inventory } = await run('redis', code)
    expect(table(inventory, 'keys').rows).toEqual([
      ['greeting', 'string', expect.stringMatching(/^\d+ s$/), '5', 'hello'],
      ['hash', 'hash', null, '1', 'f: 1'],
      ['list', 'list', null, '2', 'a, b'],
      ['set', 'set', null, '2', 'x, y'],
      ['stream', 'stream', null, '1', '1-1 {k: v}'],
      ['zset', 'zset', null, '1', 'five: 5'],
    ])
  })
})

describe('a hostile run comes back bounded', () => {
  const chars = ({ inventory }: RunResult) => JSON.stringify(inventory).length

  test('code that does not load', async () => {
    const { problem, shown, inventory } = await run('postgres', 'export function go( {')
    expect(problem).toMatchObject({ code: 'compile-error', message: expect.stringMatching(/solution.ts/) })
    expect([shown, inventory]).toEqual([[], []])
  })

  test('an endless loop, and still the tables', async () => {
    const code = postgres(`await client.query("insert into notes values (1, 'kept')"); for (;;) {}`)
    const { problem, inventory } = await run('postgres', code, allOfPostgres, 1_500)
    expect(problem?.code).toBe('time-limit')
    expect(table(inventory, 'notes').rows).toEqual([['1', 'kept']])
  })

  test('a flood of output', async () => {
    const result = await run(
      'redis',
      `import { writeSync } from 'node:fs'
      export function go() { for (;;) try { writeSync(1, 'x'.repeat(65_536)) } catch {} }`,
    )
    expect(result.problem?.code).toBe('output-limit')
    expect(result.output.text.length).toBeLessThanOrEqual(1_100_000)
  })

  test('a process that ends itself', async () => {
    const { problem, shown } = await run('redis', redis('process.exit(0)'))
    expect(problem?.code).toBe('runtime-error')
    expect(shown).toMatchObject([{ kind: 'error', text: expect.stringMatching(/process of your submission ended/) }])
  })

  test('two million rows and a value of 200 MB', async () => {
    const code = postgres(`
      await client.query("insert into notes values (0, repeat('x', 200000000))")
      await client.query("create unlogged table many as select n from generate_series(1, 2000000) n")`)
    const result = await run('postgres', code, allOfPostgres, 30_000)
    expect(result).toMatchObject({ problem: null, shown: [{ kind: 'value' }] })
    expect(table(result.inventory, 'many')).toMatchObject({ count: inventoryLimits.countedRows, countIsLeast: true })
    expect(table(result.inventory, 'many').rows).toHaveLength(inventoryLimits.rows)
    expect(table(result.inventory, 'notes').rows[0]?.[1]).toMatch(/^\d+ bytes$/)
    expect(chars(result)).toBeLessThan(100_000)
  })

  test('more rows than the engine can hold', async () => {
    const code = postgres(`await client.query('create table many as select n from generate_series(1, 200000000) n')`)
    const { problem, inventory } = await run('postgres', code, allOfPostgres, 10_000)
    expect(problem?.code ?? 'refused').toMatch(/^(refused|time-limit|memory-limit)$/)
    expect(inventory.map(({ kind }) => kind)).toEqual(['postgres'])
  })

  test('200 MB of documents', async () => {
    const code = mongodb(`
      for (let n = 0; n < 20; n++) await db.collection('heavy').insertOne({ _id: n, body: 'x'.repeat(10_000_000) })
      await db.collection('light').insertMany(Array.from({ length: 5_000 }, (_, n) => ({ _id: n, body: 'y'.repeat(300) })))`)
    const result = await run('mongodb', code, {}, 30_000)
    expect(result.problem).toBeNull()
    expect(table(result.inventory, 'heavy').rows[0]?.[0]).toMatch(/^\d+ bytes$/)
    expect(table(result.inventory, 'light').rows).toHaveLength(inventoryLimits.rows)
    expect(chars(result)).toBeLessThan(100_000)
  })

  test('100,000 keys and one value of 20 MB', async () => {
    const code = redis(`
      await redis.set('aaa', 'x'.repeat(20_000_000))
      await redis.hset('big', 'f', 'x'.repeat(1_000_000))
      // In parts: the commands of a pipeline take the client 1 kB each, and all of them might be more than a sandbox has.
      for (let part = 0; part < 10; part++) {
        const pipeline = redis.pipeline()
        for (let n = 0; n < 10_000; n++) pipeline.set('key' + (part * 10_000 + n), n)
        await pipeline.exec()
      }`)
    const result = await run('redis', code, {}, 20_000)
    expect(result).toMatchObject({ problem: null, shown: [{ kind: 'value' }] })
    expect(table(result.inventory, 'keys')).toMatchObject({ count: 100_002 })
    expect(chars(result)).toBeLessThan(100_000)
  })
})

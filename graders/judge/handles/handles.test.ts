import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DynamoDBClient, GetItemCommand, ListTablesCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { PutCommand } from '@aws-sdk/lib-dynamodb'
import Docker from 'dockerode'
import { Redis } from 'ioredis'
import { MongoClient } from 'mongodb'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Engine } from '../../engines/engine.ts'
import { startEngine } from '../../engines/start.ts'
import { type EngineKind, exercise as exerciseSchema, type Grants } from '../../exercise.ts'
import { prepareImages } from '../../images/images.ts'
import { labels } from '../../slot/owner.ts'
import type { EngineFaults } from '../local-host.ts'
import { type OpenBackEnd, openBackEnd } from '../open-back-end.ts'
import type { JudgeHost } from '../order.ts'
import { createUntil } from '../until.ts'
import { dynamodbHandle } from './dynamodb.ts'
import { mongodbHandle } from './mongodb.ts'
import { postgresHandle } from './postgres.ts'
import { redisHandle } from './redis.ts'

const until = createUntil(() => null)
const grants = {
  postgres: { tables: ['select', 'insert', 'update', 'delete'], sequences: true, create: false, temp: false },
} satisfies Grants

/** A leased engine behind a proxy on this machine, without a submission. */
async function open(kind: EngineKind) {
  const folder = mkdtempSync(join(tmpdir(), 'h-'))
  const docker = new Docker()
  const images = await prepareImages(docker, { only: [kind, 'gate'], onProgress() {} })
  const engine: Engine = await startEngine(kind, { docker, images, folder: join(folder, 'e'), labels })
  const access = await engine.lease(grants)
  const faults: EngineFaults = {
    pauseEngine: () => engine.pause(),
    unpauseEngine: () => engine.unpause(),
    restartEngine: () => engine.restart(),
  }
  const host = {
    ...faults,
    openSandbox: () => Promise.reject(new Error('there is no submission')),
  } as unknown as JudgeHost
  const exercise = exerciseSchema.parse({
    id: 'handles',
    title: 'Handles',
    summary: 'None.',
    engines: [kind],
    languages: ['typescript'],
    minutes: 1,
    concepts: ['none'],
    functions: [{ name: 'nothing', result: 'none' }],
    tests: [{ name: 'nothing', hint: 'There is nothing to do.' }],
  })
  const order = { exercise, language: 'typescript' as const, code: '', seed: '' }
  const backEnd: OpenBackEnd = await openBackEnd(order, [{ access, listenAt: 'loopback' }], host, null)
  const close = async () => {
    await backEnd.close()
    await engine.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  return { backEnd, close }
}

describe('the handle of PostgreSQL', () => {
  let opened: Awaited<ReturnType<typeof open>>
  let postgres: ReturnType<typeof postgresHandle>
  const learners: pg.Client[] = []
  beforeAll(async () => {
    opened = await open('postgres')
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

describe('the handle of Redis', () => {
  let opened: Awaited<ReturnType<typeof open>>
  let redis: ReturnType<typeof redisHandle>
  let learner: Redis
  beforeAll(async () => {
    opened = await open('redis')
    redis = redisHandle(opened.backEnd.engine('redis'), {
      seed: (inspect) => inspect.set(redis.handle.key('seed'), '1'),
    })
    await redis.setUp()
    learner = new Redis({
      ...redis.handle.cfg.redis,
      keyPrefix: redis.handle.cfg.redis.prefix,
      retryStrategy: () => 20,
    })
    learner.on('error', () => {})
  })
  afterAll(async () => {
    learner.disconnect()
    await redis.close()
    await opened.close()
  })

  test('empties and seeds', async () => {
    await learner.set('mine', 'x')
    await redis.reset()
    expect(await redis.handle.inspect.keys('*')).toEqual([redis.handle.key('seed')])
  })

  test("sees and ends the learner's connections only", async () => {
    await learner.ping()
    expect(await redis.handle.clients()).toMatchObject([{ user: redis.handle.cfg.redis.username }])
    expect(await redis.handle.faults.killClients()).toBe(1)
    expect(await redis.handle.inspect.ping()).toBe('PONG')
    expect(await learner.ping()).toBe('PONG')
  })

  test('runs out of memory and recovers when the test ends', async () => {
    await redis.handle.faults.outOfMemory(true)
    await expect(learner.set('x', '1')).rejects.toThrow(/^OOM/)
    await redis.heal()
    expect(await learner.set('x', '1')).toBe('OK')
  })

  test('pauses and restarts, but not for a test that is over', async () => {
    await redis.heal()
    await expect(redis.handle.faults.restart()).rejects.toThrow('the test has ended')
    await redis.reset()
    await redis.handle.faults.pause(100)
    await learner.ping()
    await redis.handle.faults.restart()
    expect(await learner.ping()).toBe('PONG')
  })
})

describe('the handle of MongoDB', () => {
  let opened: Awaited<ReturnType<typeof open>>
  let mongodb: ReturnType<typeof mongodbHandle>
  let learner: MongoClient
  beforeAll(async () => {
    opened = await open('mongodb')
    mongodb = mongodbHandle(opened.backEnd.engine('mongodb'), 'typescript', {
      collections: [{ name: 'kept', indexes: [{ key: { n: 1 }, name: 'by_n', unique: true }] }],
      seed: (db) => db.collection('seeded').insertOne({ n: 1 }),
    })
    await mongodb.setUp()
    learner = new MongoClient(mongodb.handle.cfg.mongo.url)
  })
  afterAll(async () => {
    await learner.close(true)
    await mongodb.close()
    await opened.close()
  })

  test('drops what is there and seeds', async () => {
    await learner.db(mongodb.handle.cfg.mongo.db).collection('mine').insertOne({ x: 1 })
    await mongodb.reset()
    const names = (await mongodb.handle.inspect.listCollections().toArray()).map(({ name }) => name)
    expect(names.filter((name) => !name.startsWith('system.')).sort()).toEqual(['kept', 'seeded'])
    expect(await mongodb.handle.inspect.collection('seeded').countDocuments()).toBe(1)
  })

  test('empties a declared collection, and makes it again when anything else about it was changed', async () => {
    const kept = learner.db(mongodb.handle.cfg.mongo.db).collection('kept')
    const uuid = async () =>
      (await mongodb.handle.inspect.listCollections({ name: 'kept' }, { nameOnly: false }).toArray())[0]?.info?.uuid
    const indexes = async () => (await kept.listIndexes().toArray()).map(({ name }) => name)
    const first = await uuid()
    await kept.insertMany(Array.from({ length: 2_000 }, (_, n) => ({ n })))
    await mongodb.reset()
    expect([await kept.countDocuments(), await uuid()]).toEqual([0, first])

    const changes: (() => Promise<unknown>)[] = [
      () => kept.createIndex({ m: 1 }),
      () => kept.dropIndex('by_n'),
      () => kept.drop(),
      () => learner.db(mongodb.handle.cfg.mongo.db).command({ collMod: 'kept', validator: { n: 1 } }),
    ]
    for (const change of changes) {
      const before = await uuid()
      await change()
      await mongodb.reset()
      expect(await indexes()).toEqual(['_id_', 'by_n'])
      expect(await uuid()).not.toEqual(before)
      await kept.insertOne({ n: 7 })
    }
  })

  test('pauses, and restarts with the same data', async () => {
    await mongodb.reset()
    await mongodb.handle.faults.pause(100)
    await mongodb.handle.faults.restart()
    const seeded = learner.db(mongodb.handle.cfg.mongo.db).collection('seeded')
    expect(await until(() => seeded.countDocuments().catch(() => 0), 5_000)).toBe(1)
  })
})

describe('the handle of DynamoDB', () => {
  let opened: Awaited<ReturnType<typeof open>>
  let dynamodb: ReturnType<typeof dynamodbHandle>
  let learner: DynamoDBClient
  beforeAll(async () => {
    opened = await open('dynamodb')
    dynamodb = dynamodbHandle(opened.backEnd.engine('dynamodb'), 'typescript', {
      tables: [
        { name: 'orders', hash: 'id', range: 'at', types: { at: 'N' } },
        { name: 'changes', hash: 'id', stream: 'NEW_IMAGE', globalIndexes: [{ name: 'by-owner', hash: 'owner' }] },
      ],
      seed: (doc) => doc.send(new PutCommand({ TableName: 'changes', Item: { id: 'seed', owner: 'o' } })),
    })
    await dynamodb.setUp()
    const { endpoint, region, ...credentials } = dynamodb.handle.cfg.ddb
    learner = new DynamoDBClient({ endpoint, region, credentials })
  })
  afterAll(async () => {
    learner.destroy()
    await dynamodb.close()
    await opened.close()
  })
  const put = (TableName: string, id: string, n = 0) =>
    dynamodb.handle.inspect.doc.send(new PutCommand({ TableName, Item: { id, at: n, owner: 'o' } }))

  test('empties a few items and many, drops other tables, and seeds', async () => {
    await dynamodb.handle.createTable({ name: 'extra', hash: 'id' })
    for (const items of [3, 40]) {
      await Promise.all(Array.from({ length: items }, (_, n) => put('orders', `o${n}`, n)))
      expect(await dynamodb.handle.scan('orders')).toHaveLength(items)
      await dynamodb.reset()
      expect(await dynamodb.handle.scan('orders')).toEqual([])
      expect(await dynamodb.handle.scan('changes')).toEqual([{ id: 'seed', owner: 'o' }])
    }
    const { TableNames } = await dynamodb.handle.inspect.client.send(new ListTablesCommand({}))
    expect(TableNames).toEqual(['changes', 'orders'])
  })

  test('reads any number that a submission may store, and clears it away', async () => {
    const at = '1.2345678901234567890123456789'
    const numbers = ['48E17', '-1e100', '12345678901234567890', '0.25', '7']
    const Item = { id: { S: 'odd' }, at: { N: at }, list: { L: numbers.map((N) => ({ N })) } }
    await learner.send(new PutItemCommand({ TableName: 'orders', Item }))
    const list = [4.8e18, -1e100, 12345678901234567890n, 0.25, 7]
    expect(await dynamodb.handle.scan('orders')).toEqual([{ id: 'odd', at: Number(at), list }])
    await dynamodb.reset()
    expect(await dynamodb.handle.scan('orders')).toEqual([])
  })

  test("logs the submission's requests, not the inspector's", async () => {
    dynamodb.resetProxy()
    await learner.send(new GetItemCommand({ TableName: 'changes', Key: { id: { S: 'seed' } } }))
    await dynamodb.handle.scan('changes')
    expect(dynamodb.handle.proxy.log.map(({ op }) => op)).toEqual(['GetItem'])
  })

  test('makes its tables again after a restart lost them', async () => {
    await dynamodb.handle.faults.restart()
    await dynamodb.reset()
    const read = await learner.send(new GetItemCommand({ TableName: 'changes', Key: { id: { S: 'seed' } } }))
    expect(read.Item).toEqual({ id: { S: 'seed' }, owner: { S: 'o' } })
  })
})

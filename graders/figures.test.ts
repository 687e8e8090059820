import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Docker from 'dockerode'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type EngineKind, exercise as exerciseSchema, type Language, languages } from './exercise.ts'
import { createGraders, type GradeResult, type Graders } from './grade.ts'

/** What a learner is told of an engine: a known number of statements through real drivers gives that number. */

const folder = mkdtempSync(join(tmpdir(), 'drillbase-figures-'))
let graders: Graders
beforeAll(async () => {
  const runFolder = join(tmpdir(), `drillbase-${randomBytes(3).toString('hex')}`)
  graders = createGraders({ runFolder, maxSlots: 1, warmEngines: 0, warmSandboxes: 0 }, new Docker())
  await graders.prepare()
})
afterAll(async () => {
  await graders.close()
  rmSync(folder, { recursive: true })
})

const opened: Record<EngineKind, string> = {
  postgres: "use.postgres({ schema: 'create table public.visits (id int)' })",
  redis: 'use.redis()',
  mongodb: 'use.mongodb()',
  dynamodb: "use.dynamodb({ tables: [{ name: 'visits', hash: 'id' }] })",
}

/** Two calls of seven statements each, the second one while the engine answers late. */
const suite = (kind: EngineKind) => `
import { submission, use } from 'drillbase/kit'
import { expect, test } from 'vitest'
const engine = ${opened[kind]}
test('asks', async () => {
  expect(await submission.call('ask', engine.cfg, 7)).toBe(7)
  engine.proxy.delay(150)
  expect(await submission.call('ask', engine.cfg, 7)).toBe(7)
})`

const code: Record<EngineKind, Record<Language, string>> = {
  postgres: {
    typescript: `
import pg from 'pg'
let client
export async function ask(cfg, n) {
  if (!client) await (client = new pg.Client(cfg.pg).on('error', () => {})).connect()
  for (let i = 0; i < n; i++) i % 2 ? await client.query('select 1') : await client.query('select $1::int', [i])
  return n
}`,
    python: `
import psycopg2
conn = None
def ask(cfg, n):
    global conn
    if conn is None:
        pg = cfg["pg"]
        conn = psycopg2.connect(host=pg["host"], port=pg["port"], user=pg["user"], password=pg["password"], dbname=pg["database"])
        conn.autocommit = True
    cur = conn.cursor()
    for i in range(n):
        cur.execute("select %s", (i,))
    return n
`,
  },
  redis: {
    typescript: `
import { Redis } from 'ioredis'
let client
export async function ask(cfg, n) {
  const { host, port, username, password, prefix } = cfg.redis
  client ??= new Redis({ host, port, username, password })
  const pipeline = client.pipeline()
  for (let i = 0; i < n; i++) pipeline.incr(prefix + 'visits')
  return (await pipeline.exec()).length
}`,
    python: `
import redis
client = None
def ask(cfg, n):
    global client
    c = cfg["redis"]
    client = client or redis.Redis(host=c["host"], port=c["port"], username=c["username"], password=c["password"])
    pipeline = client.pipeline(transaction=False)
    for i in range(n):
        pipeline.incr(c["prefix"] + "visits")
    return len(pipeline.execute())
`,
  },
  mongodb: {
    typescript: `
import { MongoClient } from 'mongodb'
let client
export async function ask(cfg, n) {
  client ??= new MongoClient(cfg.mongo.url)
  for (let i = 0; i < n; i++) await client.db(cfg.mongo.db).collection('visits').insertOne({ i })
  return n
}`,
    python: `
from pymongo import MongoClient
client = None
def ask(cfg, n):
    global client
    client = client or MongoClient(cfg["mongo"]["url"])
    for i in range(n):
        client[cfg["mongo"]["db"]].visits.insert_one({"i": i})
    return n
`,
  },
  dynamodb: {
    typescript: `
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
let client
export async function ask(cfg, n) {
  const { endpoint, region, accessKeyId, secretAccessKey } = cfg.ddb
  client ??= new DynamoDBClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey } })
  let quiet = 0
  for (let i = 0; i < n; i++) {
    const answer = await client.send(new PutItemCommand({ TableName: 'visits', Item: { id: { S: String(i) } } }))
    if (answer.ConsumedCapacity === undefined) quiet++
  }
  return quiet
}`,
    python: `
import boto3
client = None
def ask(cfg, n):
    global client
    ddb = cfg["ddb"]
    client = client or boto3.client("dynamodb", endpoint_url=ddb["endpoint"], region_name=ddb["region"],
        aws_access_key_id=ddb["accessKeyId"], aws_secret_access_key=ddb["secretAccessKey"])
    quiet = 0
    for i in range(n):
        answer = client.put_item(TableName="visits", Item={"id": {"S": str(i)}})
        quiet += "ConsumedCapacity" not in answer
    return quiet
`,
  },
}

async function graded(kind: EngineKind, language: Language): Promise<GradeResult> {
  const own = join(folder, kind)
  mkdirSync(own, { recursive: true })
  writeFileSync(join(own, 'hidden.test.ts'), suite(kind))
  const exercise = exerciseSchema.parse({
    id: 'figures',
    title: 'Figures',
    summary: 'Asks an engine a number of times.',
    engines: [kind],
    languages,
    minutes: 1,
    concepts: ['figures'],
    functions: [{ name: 'ask', result: 'int' }],
    tests: [{ name: 'asks', hint: 'It asks as often as it is told to.' }],
  })
  return graders.grade({ folder: own, exercise, language, code: code[kind][language], seed: 'seed' }, () => {})
}

describe.each(Object.keys(code) as EngineKind[])('the figures of %s', (kind) => {
  test.each(languages)('in %s', async (language) => {
    const { verdict, tests, traffic } = await graded(kind, language)
    expect(tests).toMatchObject([{ outcome: 'passed' }])
    expect(verdict).toBe('accepted')
    expect(traffic[kind]).toMatchObject({
      statements: 14,
      capacity: kind === 'dynamodb' ? { read: 0, write: 14 } : null,
    })
    const { waitingMs = 0, connections = 0, openAtOnce = 0, roundTrips = 0 } = traffic[kind] ?? {}
    expect(openAtOnce).toBeLessThanOrEqual(connections)
    expect(openAtOnce).toBeGreaterThan(0)
    expect(roundTrips).toBeGreaterThan(1)
    expect(waitingMs).toBeGreaterThan(0)
    // Of the second call's waiting, which the suite made, nothing counts.
    expect(waitingMs).toBeLessThan((tests[0]?.ms ?? 0) - 140)
  })
})

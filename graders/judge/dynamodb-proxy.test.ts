import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, createServer, type IncomingMessage, request, type Server } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import {
  ConditionalCheckFailedException,
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb'
import { DescribeStreamCommand, DynamoDBStreamsClient, ListStreamsCommand } from '@aws-sdk/client-dynamodb-streams'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type DynamodbProxy, openDynamodbProxy } from './dynamodb-proxy.ts'
import type { DynamodbLease } from './dynamodb-rights.ts'
import { createUntil } from './until.ts'

const until = createUntil(() => null)
const lease = { accessKeyId: 'LEASED1', regions: ['us-east-1', 'eu-west-1'], createTable: false, streams: false }

let folder: string
let engine: Server
let reached: { op: string; body: string; headers: IncomingMessage['headers'] }[]
let proxy: DynamodbProxy
let gate: string

/** Stands where DynamoDB Local stands: says what reached it, answers with an item. */
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ddb-'))
  gate = join(folder, 'gate')
  reached = []
  engine = createServer(async (incoming, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk as Buffer)
    const op = String(incoming.headers['x-amz-target']).split('.')[1] ?? ''
    reached.push({ op, body: Buffer.concat(chunks).toString(), headers: incoming.headers })
    response.setHeader('content-type', 'application/x-amz-json-1.0')
    const consumed = { ConsumedCapacity: { TableName: 't', CapacityUnits: 0.5 } }
    const answer = { Item: { id: { S: 'from-engine' } }, ...(reached.at(-1)?.body.includes('TOTAL') ? consumed : {}) }
    const text = JSON.stringify(answer)
    response.setHeader('x-amz-crc32', crc32(text))
    response.end(text)
  })
  await new Promise<void>((resolve) => engine.listen(join(folder, 'engine'), resolve))
  proxy = await openDynamodbProxy({ listenAt: { socket: gate }, upstream: join(folder, 'engine'), lease })
})
afterEach(async () => {
  await proxy.close()
  engine.closeAllConnections()
  engine.close()
  rmSync(folder, { recursive: true })
})

const settings = (region = 'us-east-1', accessKeyId = 'LEASED1', maxAttempts = 1) => ({
  endpoint: 'http://127.0.0.1:8000',
  region,
  credentials: { accessKeyId, secretAccessKey: 'any' },
  maxAttempts,
  requestHandler: { httpAgent: new Agent({ keepAlive: true, socketPath: gate } as object) },
})
const client = (...how: Parameters<typeof settings>) => new DynamoDBClient(settings(...how))
const streams = (...how: Parameters<typeof settings>) => new DynamoDBStreamsClient(settings(...how))
const get = (id = 'a') => new GetItemCommand({ TableName: 't', Key: { id: { S: id } } })

describe('consumed capacity', () => {
  test('is asked for, counted and taken out again: neither submission nor log nor rule sees it', async () => {
    const region = proxy.region('us-east-1')
    expect(await client().send(get())).not.toHaveProperty('ConsumedCapacity')
    expect(reached[0]?.body).toContain('"ReturnConsumedCapacity":"TOTAL"')
    const seen: unknown[] = []
    region.rule(() => ({
      after: (answer) => {
        seen.push(answer)
        return answer
      },
    }))
    await client().send(get())
    expect(seen).toEqual([{ Item: { id: { S: 'from-engine' } } }])
    expect(region.log.map(({ body }) => Object.keys(body))).toEqual([
      ['TableName', 'Key'],
      ['TableName', 'Key'],
    ])
    expect(proxy.traffic().capacity).toEqual({ read: 1, write: 0 })
  })

  test('is left to a submission that asked for it, and counted all the same', async () => {
    const asked = new GetItemCommand({ TableName: 't', Key: { id: { S: 'a' } }, ReturnConsumedCapacity: 'TOTAL' })
    expect((await client().send(asked)).ConsumedCapacity).toEqual({ TableName: 't', CapacityUnits: 0.5 })
    expect(proxy.traffic().capacity).toEqual({ read: 0.5, write: 0 })
  })

  test('the length and the checksum of the answer are those of what is left', async () => {
    const { log } = proxy.region('us-east-1')
    const options = { socketPath: gate, method: 'POST', path: '/', headers: {} as Record<string, string> }
    const signed = client()
    signed.middlewareStack.add(
      (next) => async (args) => {
        options.headers = (args.request as { headers: Record<string, string> }).headers
        return next(args)
      },
      { step: 'finalizeRequest', priority: 'low' },
    )
    await signed.send(get())
    const answer = await new Promise<{ headers: IncomingMessage['headers']; text: string }>((resolve, reject) => {
      const again = request(options, async (response) => {
        let text = ''
        for await (const chunk of response) text += chunk
        resolve({ headers: response.headers, text })
      })
      again.on('error', reject)
      again.end(JSON.stringify(log[0]?.body))
    })
    expect(answer.text).toBe('{"Item":{"id":{"S":"from-engine"}}}')
    expect(answer.headers).toMatchObject({
      'content-length': String(answer.text.length),
      'x-amz-crc32': String(crc32(answer.text)),
    })
  })
})

describe('the proxy of DynamoDB', () => {
  test('passes requests, and logs operation, body, Region and status', async () => {
    const { log, count, ...counters } = proxy.region('us-east-1')
    expect((await client().send(get())).Item).toEqual({ id: { S: 'from-engine' } })
    expect(log).toMatchObject([{ op: 'GetItem', body: { TableName: 't' }, region: 'us-east-1', status: 200 }])
    expect(count('GetItem')).toBe(1)
    expect(counters.connections).toBe(0)
    expect(proxy.region('us-east-1')).toMatchObject({ connections: 1, openConnections: 1, turns: 1 })
    expect(proxy.region('us-east-1').bytesUp).toBeGreaterThan(100)
    expect(proxy.traffic()).toMatchObject({ connections: 1, roundTrips: 1 })
  })

  test("keeps one Region's log and rule from another's", async () => {
    const east = proxy.region('us-east-1')
    const west = proxy.region('eu-west-1')
    east.rule(() => ({ fail: { type: 'InternalServerError', status: 500 } }))
    await expect(client('us-east-1').send(get())).rejects.toMatchObject({ name: 'InternalServerError' })
    await client('eu-west-1').send(get())
    expect([east.log.length, west.log.length, reached.length]).toEqual([1, 1, 1])
  })

  test('fails a request as the rule says, with what the SDK makes an error of', async () => {
    const east = proxy.region('us-east-1')
    const seen: [string, string, number][] = []
    east.rule((op, body, n) => {
      seen.push([op, body.Key?.id?.S, n])
      return n === 2
        ? { fail: { type: 'ConditionalCheckFailedException', extra: { Item: { id: { S: 'old' } } } } }
        : undefined
    })
    await client().send(get('x'))
    const failure = await client()
      .send(get('y'))
      .catch((error) => error)
    expect(failure).toBeInstanceOf(ConditionalCheckFailedException)
    expect(failure.Item).toEqual({ id: { S: 'old' } })
    expect(seen).toEqual([
      ['GetItem', 'x', 1],
      ['GetItem', 'y', 2],
    ])
    expect(east.log.map((entry) => entry.status)).toEqual([200, 400])
    expect(reached).toHaveLength(1)
  })

  test('executes a lost request and drops its answer', async () => {
    proxy.region('us-east-1').rule((_op, _body, n) => (n === 1 ? { lost: true } : undefined))
    await client('us-east-1', 'LEASED1', 3).send(get())
    expect(reached).toHaveLength(2)
  })

  test('rewrites what goes up and what comes down', async () => {
    const east = proxy.region('us-east-1')
    east.rule((_op, body) => ({ replace: { ...body, TableName: 'other' } }))
    await client().send(get())
    expect(JSON.parse(reached[0]?.body ?? '')).toMatchObject({ TableName: 'other' })
    east.rule(() => ({ after: (answer) => ({ Item: { ...answer.Item, more: { N: '1' } } }) }))
    expect((await client().send(get())).Item).toEqual({ id: { S: 'from-engine' }, more: { N: '1' } })
  })

  test('holds an answer of the engine back until the suite lets it go', async () => {
    const events: string[] = []
    let letGo = () => {}
    const held = new Promise<void>((resolve) => {
      letGo = () => {
        events.push('let go')
        resolve()
      }
    })
    proxy.region('us-east-1').rule((_op, _body, n) => ({
      after: async (answer) => {
        events.push(`answer ${n}`)
        if (n === 1) await held
        return answer
      },
    }))
    const slow = client()
      .send(get())
      .then(() => events.push('slow'))
    await until(() => events.length === 1, 1_000)
    await client().send(get())
    letGo()
    await slow
    expect(events).toEqual(['answer 1', 'answer 2', 'let go', 'slow'])
  })

  test('heals rule, delay, hole and refusal on reset', async () => {
    const east = proxy.region('us-east-1')
    east.rule(() => ({ fail: { type: 'ThrottlingException' } }))
    east.hole(true)
    let settled = false
    void client()
      .send(get())
      .then(
        () => {},
        () => {},
      )
      .then(() => {
        settled = true
      })
    await until(() => east.log.length === 1, 1_000)
    expect(settled).toBe(false)
    east.cut()
    await until(() => settled, 1_000)
    east.refuse(true)
    await expect(client().send(get())).rejects.toThrow()
    east.reset()
    await client().send(get())
    expect(east.log).toHaveLength(1)
  })

  test('keeps passing after the engine was restarted', async () => {
    const one = client()
    await one.send(get())
    engine.closeAllConnections()
    proxy.forgetUpstream()
    await one.send(get())
    expect(reached).toHaveLength(2)
  })
})

const signed = {
  authorization: `AWS4-HMAC-SHA256 Credential=LEASED1/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=${'a'.repeat(64)}`,
  'content-type': 'application/x-amz-json-1.0',
  'x-amz-target': 'DynamoDB_20120810.GetItem',
}

describe('the engine reads nothing but what the log shows', () => {
  test('of a key that is there twice', async () => {
    await post('{"TableName": "first", "TableName": "last"}', {}, signed)
    expect(reached.map(({ body }) => body.match(/"TableName":"\w+"/g))).toEqual([['"TableName":"last"']])
    expect(reached[0]?.body).not.toContain('first')
    expect(proxy.region('us-east-1').log.map(({ body }) => body)).toEqual([{ TableName: 'last' }])
  })

  test.each([
    ['UTF-16', Buffer.from('{"TableName": "t"}', 'utf16le')],
    ['broken UTF-8', Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d])],
    ['a comment', '{"TableName": "t" /* "TableName": "u" */}'],
    ['two objects', '{"TableName": "t"} {"TableName": "u"}'],
    ['a list', '[{"TableName": "t"}]'],
    ['nothing', ''],
  ])('of %s: it is refused', async (_, body) => {
    expect(await post(body, {}, signed)).toMatchObject({ status: 400 })
    expect(reached).toEqual([])
  })

  test('of another type: it is refused', async () => {
    const cbor = { ...signed, 'content-type': 'application/x-amz-cbor-1.1' }
    expect(await post('{"TableName": "t"}', {}, cbor)).toMatchObject({ status: 400 })
    expect(reached).toEqual([])
  })

  test('of requests that do not wait for the answer before them', async () => {
    proxy.region('us-east-1').delay(100)
    const lines = ['POST / HTTP/1.1', 'Host: x', ...Object.entries(signed).map(([name, value]) => `${name}: ${value}`)]
    const ended = await new Promise<string>((resolve) => {
      let answer = ''
      const socket = connect(gate, () =>
        socket.write(`${lines.join('\r\n')}\r\nContent-Length: 2\r\n\r\n{}`.repeat(300)),
      )
      socket.on('data', (chunk) => {
        answer += chunk
      })
      socket.on('close', () => resolve(answer))
      socket.on('error', () => {})
    })
    expect(ended).toBe('')
    expect(reached.length).toBeLessThanOrEqual(1)
  })
})

describe('what is not leased is refused before it reaches the engine', () => {
  afterEach(() => expect(reached).toEqual([]))

  test.each([
    ['another access key', () => client('us-east-1', 'OTHER')],
    ['a longer access key', () => client('us-east-1', 'LEASED12')],
    ['another Region', () => client('us-west-2')],
  ])('%s', async (_, make) => {
    await expect(make().send(get())).rejects.toMatchObject({ name: 'UnrecognizedClientException' })
  })

  test('making tables without the right to', async () => {
    const create = new CreateTableCommand({ TableName: 't', KeySchema: [], AttributeDefinitions: [] })
    await expect(client().send(create)).rejects.toMatchObject({ name: 'AccessDeniedException' })
  })

  test.each(['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams'])(
    '%s without the right to read streams, whichever service it is asked of',
    async (op) => {
      for (const service of ['DynamoDBStreams_20120810', 'DynamoDB_20120810']) {
        const { status, body } = await post('{}', {}, { ...signed, 'x-amz-target': `${service}.${op}` })
        expect([status, body]).toEqual([400, expect.stringContaining('AccessDeniedException')])
      }
    },
  )

  test.each([
    ['no signature', {}, { ...signed, authorization: '' }],
    [
      'two credentials in one header',
      {},
      { ...signed, authorization: `${signed.authorization}, Credential=OTHER/1/us-east-1/dynamodb/aws4_request` },
    ],
    ['a credential in the address', { path: '/?X-Amz-Credential=OTHER' }, { ...signed }],
    ['the shell of DynamoDB Local', { path: '/shell/' }, { ...signed }],
    ['another method', { method: 'GET' }, { ...signed }],
    ['an unknown operation', {}, { ...signed, 'x-amz-target': 'DynamoDB_20120810.DeleteBackup' }],
    ['another service', {}, { ...signed, 'x-amz-target': 'AmazonSQS.GetItem' }],
  ])('%s', async (_, where, headers) => {
    const { status } = await post('{}', { ...where }, headers as Record<string, string>)
    expect(status).toBe(400)
  })

  test('nesting that would overflow whoever walks it', async () => {
    const { status, body } = await post('['.repeat(5_000) + ']'.repeat(5_000), {}, { ...signed })
    expect([status, body]).toEqual([400, expect.stringContaining('SerializationException')])
  })

  test('more than a request may weigh', async () => {
    const huge = Buffer.alloc(18 * 1_048_576, 32)
    await expect(post(huge, {}, { ...signed })).rejects.toThrow()
  })
})

describe('what is granted passes, and nothing with it', () => {
  async function grant(rights: Partial<DynamodbLease>): Promise<DynamodbProxy> {
    gate = join(folder, 'granted')
    return openDynamodbProxy({
      listenAt: { socket: gate },
      upstream: join(folder, 'engine'),
      lease: { ...lease, ...rights },
    })
  }
  const create = new CreateTableCommand({ TableName: 't', KeySchema: [], AttributeDefinitions: [] })

  test('operations on tables', async () => {
    const granted = await grant({ createTable: true })
    await client().send(create)
    await client().send(new ListTablesCommand({}))
    await client().send(new PutItemCommand({ TableName: 't', Item: {} }))
    await expect(streams().send(new ListStreamsCommand({}))).rejects.toMatchObject({ name: 'AccessDeniedException' })
    await granted.close()
    expect(reached.map(({ op }) => op)).toEqual(['CreateTable', 'ListTables', 'PutItem'])
  })

  test('the streams of the leased Regions', async () => {
    const granted = await grant({ streams: true })
    await streams().send(new ListStreamsCommand({}))
    await streams().send(new DescribeStreamCommand({ StreamArn: 'arn' }))
    await expect(client().send(create)).rejects.toMatchObject({ name: 'AccessDeniedException' })
    await expect(streams('us-east-1', 'OTHER').send(new ListStreamsCommand({}))).rejects.toMatchObject({
      name: 'UnrecognizedClientException',
    })
    expect(granted.region('us-east-1').log.map(({ op }) => op)).toEqual(['ListStreams', 'DescribeStream'])
    await granted.close()
    expect(reached.map(({ op }) => op)).toEqual(['ListStreams', 'DescribeStream'])
  })
})

function post(
  body: string | Buffer,
  where: { path?: string; method?: string },
  headers: Record<string, string>,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath: gate, method: 'POST', path: '/', ...where, headers }, (response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }))
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

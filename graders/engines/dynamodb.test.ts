import { request } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DynamodbAccess, Engine } from './engine.ts'
import { leaseFor, startForTest } from './engine-fixture.ts'

let engine: Engine

beforeAll(async () => {
  engine = await startForTest('dynamodb')
})
afterAll(() => engine?.stop())

/** In the service's own words, because the SDK cannot dial a unix socket by itself. */
function ask(access: DynamodbAccess, region: string, op: string, body: object): Promise<Record<string, unknown>> {
  const { upstream, learner } = access
  return new Promise((resolve, reject) => {
    const asked = request({
      socketPath: upstream,
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `DynamoDB_20120810.${op}`,
        authorization: `AWS4-HMAC-SHA256 Credential=${learner.accessKeyId}/20260101/${region}/dynamodb/aws4_request, SignedHeaders=host, Signature=0`,
      },
    })
    asked.on('response', async (answer) => resolve(JSON.parse(Buffer.concat(await answer.toArray()).toString())))
    asked.on('error', reject)
    asked.end(JSON.stringify(body))
  })
}
const table = {
  TableName: 'things',
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
  BillingMode: 'PAY_PER_REQUEST',
}
const tables = (access: DynamodbAccess, region = 'us-east-1') => ask(access, region, 'ListTables', {})

test('each lease and each of its regions is a store of its own', async () => {
  const first = await leaseFor(engine, 'dynamodb', {})
  await ask(first, 'us-east-1', 'CreateTable', table)
  expect(await tables(first)).toEqual({ TableNames: ['things'] })
  expect(await tables(first, 'eu-west-1')).toEqual({ TableNames: [] })
  expect(first.learner.regions).toEqual(['us-east-1', 'eu-west-1'])
  expect(first.learner.accessKeyId).toMatch(/^[A-Za-z0-9]+$/)
  expect(await engine.release()).toBe('clean')

  const second = await leaseFor(engine, 'dynamodb', {})
  expect(second.learner.accessKeyId).not.toBe(first.learner.accessKeyId)
  expect(await tables(second)).toEqual({ TableNames: [] })
  expect(await engine.release()).toBe('clean')
})

test('it is frozen and thawed, and a restart keeps the address and forgets the data', async () => {
  const access = await leaseFor(engine, 'dynamodb', {})
  await ask(access, 'us-east-1', 'CreateTable', table)
  await engine.pause()
  expect(await engine.isHealthy()).toBe(false)
  await engine.unpause()
  expect(await tables(access)).toEqual({ TableNames: ['things'] })
  await engine.restart()
  expect(await tables(access)).toEqual({ TableNames: [] })
  expect(await engine.isHealthy()).toBe(true)
  await engine.release()
})

test('after fifty leases it is replaced, before the stores of those that are over use up its threads', async () => {
  const states: string[] = []
  while (states.length < 50 && !states.includes('discard')) {
    const access = await leaseFor(engine, 'dynamodb', {})
    for (const region of access.learner.regions)
      expect(await ask(access, region, 'CreateTable', table)).toHaveProperty('TableDescription')
    states.push(await engine.release())
  }
  expect(states).toEqual([...states.slice(0, -1).fill('clean'), 'discard'])
}, 60_000)

import { DynamoDBClient, GetItemCommand, ListTablesCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { PutCommand } from '@aws-sdk/lib-dynamodb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dynamodbHandle } from './dynamodb.ts'
import { openForTest } from './handle-fixture.ts'

describe('the handle of DynamoDB', () => {
  let opened: Awaited<ReturnType<typeof openForTest>>
  let dynamodb: ReturnType<typeof dynamodbHandle>
  let learner: DynamoDBClient
  beforeAll(async () => {
    opened = await openForTest('dynamodb')
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

import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb'
import { show, submission, use } from 'drillbase/kit'
import { test } from 'vitest'
import { tables } from './fixture.ts'

const offers = [
  { shelf: 'light', nr: 1, name: 'lamp', price: 20 },
  { shelf: 'light', nr: 2, name: 'torch', price: 9 },
  { shelf: 'light', nr: 3, name: 'candle', price: 2 },
]
const table = use.dynamodb({
  tables,
  seed: (doc) =>
    doc.send(new BatchWriteCommand({ RequestItems: { offers: offers.map((Item) => ({ PutRequest: { Item } })) } })),
})
const cache = use.redis()
const cfg = { ...table.cfg, ...cache.cfg }

const page = {
  TableName: 'offers',
  KeyConditionExpression: 'shelf = :shelf',
  ExpressionAttributeValues: { ':shelf': 'light' },
  Limit: 2,
}
const query = (change: object = {}) => submission.call('query', cfg, { ...page, ...change }, { ttlMs: 60_000 })
const get = (nr: number) => submission.call('getItem', cfg, 'offers', { shelf: 'light', nr }, { ttlMs: 60_000 })

test('sample', async () => {
  await show('the first two offers', query())
  const lamp = { shelf: 'light', nr: 1, name: 'lamp', price: 15 }
  await show(
    'the lamp gets cheaper',
    submission.call('putItem', cfg, 'offers', ['shelf', 'nr'], lamp, { ttlMs: 60_000 }),
  )
  await show('the lamp', get(1))
  await show('the first two offers again', query())
  await show('the first two offers, strongly', query({ ConsistentRead: true }))
  await show('the page after them', query({ ExclusiveStartKey: { shelf: 'light', nr: 2 } }))
  await show('a shelf that is empty', query({ ExpressionAttributeValues: { ':shelf': 'sound' } }))
  await show('requests to the table', table.proxy.log.length)
})

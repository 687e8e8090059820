import { PutCommand } from '@aws-sdk/lib-dynamodb'
import { show, submission, use } from 'drillbase/kit'
import { test } from 'vitest'
import { type Item, type Read, tables } from './fixture.ts'

const table = use.dynamodb({
  tables,
  seed: (doc) =>
    doc.send(new PutCommand({ TableName: 'products', Item: { shop: 'north', sku: 'lamp', price: 20, stock: 5 } })),
})
const cache = use.redis()
const cfg = { ...table.cfg, ...cache.cfg }
const ttlMs = 60_000
const lamp = { shop: 'north', sku: 'lamp' }
const desk = { shop: 'north', sku: 'desk' }

const get = (key: Read['key'], change: Partial<Read> = {}) =>
  submission.call('getItem', cfg, { table: 'products', key, ttlMs, ...change })
const put = (item: Item, change: object = {}) =>
  submission.call('putItem', cfg, { table: 'products', keys: ['shop', 'sku'], item, ttlMs, ...change })

test('sample', async () => {
  await show('the price of the lamp', get(lamp, { project: ['price'] }))
  await table.inspect.doc.send(new PutCommand({ TableName: 'products', Item: { ...lamp, price: 25, stock: 5 } }))
  await show('the lamp, after somebody changed the price past the cache', get(lamp))
  await show('the lamp, strongly', get(lamp, { consistent: true }))
  await show(
    'two lamps sold',
    submission.call('addTo', cfg, { table: 'products', key: lamp, attr: 'stock', delta: -2, ttlMs }),
  )
  await show('a desk that is not there', get(desk))
  await show('a desk, put through the cache', put({ ...desk, price: 90 }))
  await show(
    'a cheaper desk, if it costs more than 100',
    put({ ...desk, price: 80 }, { condition: 'price > :least', values: { ':least': 100 } }),
  )
  await show('the desk', get(desk))
})

import { BatchWriteCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import { random, submission, until, use } from 'drillbase/kit'
import { expect, test } from 'vitest'
import { type Item, type Page, type Params, tables } from './fixture.ts'

const table = use.dynamodb({ tables })
const cache = use.redis()
const cfg = { ...table.cfg, ...cache.cfg }
/** Longer than every test: what ends earlier does so because the test ends it. */
const ttlMs = 60_000

const query = (params: Params) => submission.call<Page>('query', cfg, params, { ttlMs })
const put = (item: Item) => submission.call('putItem', cfg, 'offers', ['shelf', 'nr'], item, { ttlMs })
const get = (shelf: string, nr: number) =>
  submission.call<Item | null>('getItem', cfg, 'offers', { shelf, nr }, { ttlMs })
/** Past the cache. */
const writeAround = (Item: Item) => table.inspect.doc.send(new PutCommand({ TableName: 'offers', Item }))

/** A shelf of so many offers, numbered from 1; and the request for all of it. */
async function fill(count: number, TableName = 'offers', shelf = random.name('shelf-')) {
  const items = Array.from({ length: count }, (_, i) => ({ shelf, nr: i + 1, price: random.int(1, 999) }))
  const puts = items.map((Item) => ({ PutRequest: { Item } }))
  await table.inspect.doc.send(new BatchWriteCommand({ RequestItems: { [TableName]: puts } }))
  return { shelf, items, all: allOf(shelf) }
}
const allOf = (shelf: string): Params => ({
  TableName: 'offers',
  KeyConditionExpression: 'shelf = :shelf',
  ExpressionAttributeValues: { ':shelf': shelf },
})

/** How many requests a call took to the table, beside its answer. */
async function counted<T>(call: () => Promise<T>): Promise<{ answer: T; requests: number }> {
  const before = table.proxy.log.length
  const answer = await call()
  return { answer, requests: table.proxy.log.length - before }
}
const isHit = async (params: Params) => (await counted(() => query(params))).requests === 0
const entries = () => cache.inspect.keys(`${cfg.redis.prefix}*`)

/** The same data, the names in every object the other way round. */
const reversed = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(reversed)
    : typeof value === 'object' && value !== null
      ? Object.fromEntries(
          Object.entries(value)
            .reverse()
            .map(([name, one]) => [name, reversed(one)]),
        )
      : value

test('same_parameters_hit', async () => {
  const { items, all } = await fill(random.int(3, 8))
  expect(await counted(() => query(all))).toEqual({ answer: { Items: items, LastEvaluatedKey: null }, requests: 1 })
  expect(await counted(() => query(all))).toEqual({ answer: { Items: items, LastEvaluatedKey: null }, requests: 0 })
  const part = { ...all, Limit: 2 }
  const first = await query(part)
  expect(first).toEqual({ Items: items.slice(0, 2), LastEvaluatedKey: { shelf: items[0]?.shelf, nr: 2 } })
  expect(await counted(() => query(part))).toEqual({ answer: first, requests: 0 })
})

test('parameter_order_is_irrelevant_values_are_not', async () => {
  const { shelf, all } = await fill(6)
  await fill(4, 'offers.old', shelf)
  const least = random.int(1, 3)
  const base = {
    ...all,
    FilterExpression: '#price >= :least AND NOT (#price IN (:a, :b))',
    ExpressionAttributeNames: { '#price': 'price' },
    ExpressionAttributeValues: { ':shelf': shelf, ':least': least, ':a': -1, ':b': -2 },
  }
  await query(base)
  expect(await isHit(reversed(base) as Params)).toBe(true)
  const values = base.ExpressionAttributeValues
  const others = [
    { Limit: 2 },
    { Limit: 3 },
    { ScanIndexForward: false },
    { ProjectionExpression: 'nr' },
    { TableName: 'offers.old' },
    { FilterExpression: '#price > :least AND NOT (#price IN (:a, :b))' },
    { ExpressionAttributeNames: { '#price': 'cost' } },
    { ExpressionAttributeValues: { ...values, ':least': least + 1 } },
    { ExpressionAttributeValues: { ...values, ':a': values[':b'], ':b': values[':a'] } },
    { ExpressionAttributeValues: { ...values, ':a': String(values[':a']) } },
    { ExpressionAttributeValues: { ...values, ':a': [-1, -2] } },
    { ExpressionAttributeValues: { ...values, ':a': [-2, -1] } },
    { ExpressionAttributeValues: { ...values, ':a': { x: { y: 1, z: 2 } } } },
    { ExclusiveStartKey: { shelf, nr: 2 } },
  ]
  for (const other of random.shuffle(others)) expect(await isHit({ ...base, ...other })).toBe(false)
  for (const other of random.shuffle(others)) expect(await isHit(reversed({ ...base, ...other }) as Params)).toBe(true)
})

test('item_writes_do_not_touch_query_results', async () => {
  const { shelf, items, all } = await fill(4)
  await query(all)
  const changed = { ...items[0], price: -random.int(1, 99) }
  await put(changed)
  await put({ shelf, nr: 5, price: 1 })
  expect(await query(all)).toEqual({ Items: items, LastEvaluatedKey: null })
  expect(await counted(() => get(shelf, 1))).toEqual({ answer: changed, requests: 0 })
  expect(await table.scan('offers')).toHaveLength(5)
})

test('stale_result_ends_with_its_ttl', async () => {
  const { shelf, items, all } = await fill(3)
  await query(all)
  await writeAround({ shelf, nr: 4, price: 1 })
  const stored = await entries()
  expect(stored.length).toBeGreaterThan(0)
  for (const name of stored) {
    const left = await cache.inspect.pttl(name)
    expect(left).toBeGreaterThan(ttlMs - 20_000)
    expect(left).toBeLessThanOrEqual(ttlMs)
    await cache.inspect.pexpire(name, 30_000)
  }
  expect((await query(all)).Items).toEqual(items)
  for (const name of stored) {
    expect(await cache.inspect.pttl(name)).toBeLessThanOrEqual(30_000)
    await cache.inspect.pexpire(name, 1)
  }
  await until(async () => (await entries()).length === 0, 3_000, 'the end of the entries')
  expect((await query(all)).Items).toEqual([...items, { shelf, nr: 4, price: 1 }])
})

test('query_does_not_fill_the_item_cache', async () => {
  const { shelf, items, all } = await fill(3)
  await query(all)
  await writeAround({ ...items[1], price: 0 })
  expect(await counted(() => get(shelf, 2))).toEqual({ answer: { ...items[1], price: 0 }, requests: 1 })
  await writeAround({ ...items[1], price: -1 })
  expect(await counted(() => get(shelf, 2))).toEqual({ answer: { ...items[1], price: 0 }, requests: 0 })
  expect((await query(all)).Items).toEqual(items)

  expect(await get(shelf, 4)).toBeNull()
  await writeAround({ shelf, nr: 4, price: 1 })
  expect((await query({ ...all, Limit: 9 })).Items).toHaveLength(4)
  expect(await counted(() => get(shelf, 4))).toEqual({ answer: null, requests: 0 })
})

test('strong_query_is_passed_through', async () => {
  const { shelf, items, all } = await fill(3)
  const strong = { ...all, ConsistentRead: true }
  await query(all)
  for (const nr of [4, 5]) {
    await writeAround({ shelf, nr, price: 1 })
    const { answer, requests } = await counted(() => query(strong))
    expect([answer.Items.length, requests]).toEqual([nr, 1])
  }
  expect(table.proxy.log.filter(({ body }) => body.ConsistentRead === true)).toHaveLength(2)
  expect(await counted(() => query(all))).toEqual({ answer: { Items: items, LastEvaluatedKey: null }, requests: 0 })
  // Nor does it leave an answer where there was none.
  const late = { ...all, Limit: 7 }
  await query({ ...late, ConsistentRead: true })
  expect(await isHit(late)).toBe(false)
})

test('empty_results_are_cached', async () => {
  const all = allOf(random.name('empty-'))
  const none = { Items: [], LastEvaluatedKey: null }
  expect(await counted(() => query(all))).toEqual({ answer: none, requests: 1 })
  await writeAround({ shelf: (all.ExpressionAttributeValues as Item)[':shelf'], nr: 1 })
  expect(await counted(() => query(all))).toEqual({ answer: none, requests: 0 })
})

test('pages_are_cached_separately', async () => {
  const size = random.int(2, 4)
  const { items, all } = await fill(size * 2 + 1)
  /** All pages, with the requests that they took. */
  const pages = () =>
    counted(async () => {
      const read: Page[] = []
      let from: Item | null = null
      // One more than there are, so that a page that begins anew does not run for ever.
      for (let page = 0; page < 4 && (page === 0 || from); page++) {
        const answer: Page = await query({ ...all, Limit: size, ...(from && { ExclusiveStartKey: from }) })
        from = answer.LastEvaluatedKey
        read.push(answer)
      }
      return read
    })
  const first = await pages()
  expect(first.requests).toBe(3)
  expect(first.answer.map(({ Items }) => Items.length)).toEqual([size, size, 1])
  expect(first.answer.flatMap(({ Items }) => Items)).toEqual(items)
  expect(await pages()).toEqual({ answer: first.answer, requests: 0 })
})

test('failed_query_leaves_nothing', async () => {
  const { shelf, items, all } = await fill(3)
  const kept = { ...all, ScanIndexForward: false }
  await query(kept)
  table.proxy.rule((op) => (op === 'Query' ? { fail: { type: 'ValidationException' } } : undefined))
  await expect(query(all)).rejects.toThrow()
  expect(await isHit(kept)).toBe(true)
  table.proxy.rule(null)
  expect(await query(all)).toEqual({ Items: items, LastEvaluatedKey: null })
  await expect(query({ ...all, KeyConditionExpression: 'price = :shelf' })).rejects.toThrow()
  expect((await get(shelf, 1))?.price).toBe(items[0]?.price)
})

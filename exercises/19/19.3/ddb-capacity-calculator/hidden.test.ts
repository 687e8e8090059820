import {
  BatchGetItemCommand,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb'
import { random, submission, use } from 'drillbase/kit'
import { expect, test } from 'vitest'
import { type Item, table, tables, type Value, type WriteUnits } from './fixture.ts'

const { inspect } = use.dynamodb({ tables })
const TableName = 'ledger'

const times = <T>(count: number, make: (index: number) => T) => Array.from({ length: count }, (_, index) => make(index))
const text = (length: number): Value => ({ S: 'x'.repeat(length) })
const maybe = (attribute: Item): Item => (random.int(0, 1) === 0 ? {} : attribute)

const itemSize = (item: Item) => submission.call<number>('itemSize', item)
const writeUnits = (write: { old?: Item | null; item?: Item | null; transactional?: boolean }) =>
  submission.call<WriteUnits>('writeUnits', table, write)
const readUnits = (kind: string, items: (Item | null)[], consistent?: boolean) =>
  submission.call<number>('readUnits', { kind, items, ...(consistent === undefined ? {} : { consistent }) })

/** What the engine says of a put or a delete. */
type Told = {
  CapacityUnits?: number
  Table?: { CapacityUnits?: number }
  GlobalSecondaryIndexes?: Record<string, { CapacityUnits?: number }>
}
const unitsIn = ({ CapacityUnits = 0, Table, GlobalSecondaryIndexes = {} }: Told = {}): WriteUnits => ({
  table: Table?.CapacityUnits ?? 0,
  indexes: Object.fromEntries(
    table.indexes.map(({ name }) => [name, GlobalSecondaryIndexes[name]?.CapacityUnits ?? 0]),
  ),
  total: CapacityUnits,
})
async function put(item: Item): Promise<WriteUnits> {
  const request = { TableName, Item: item, ReturnConsumedCapacity: 'INDEXES' as const }
  return unitsIn((await inspect.client.send(new PutItemCommand(request))).ConsumedCapacity)
}
const keyOf = ({ pk, sk }: Item) => ({ pk, sk }) as { pk: { S: string }; sk: { S: string } }
const newKey = () => ({ pk: { S: random.name('p-') }, sk: { S: random.name('s-') } })

/** A number in one of its spellings. */
const numbers = (): string[] => [
  '0',
  `${random.int(1, 9)}.${random.int(1, 9)}`,
  `${random.int(11, 99)}.${random.int(1, 9)}`,
  `0.${random.int(11, 19)}`,
  `-0.00${random.int(1, 9)}`,
  `${random.int(1, 9)}0`,
  `-${random.int(11, 99)}00`,
  `${random.int(100, 999)}`,
  `-${random.int(1_000, 9_999_999)}`,
  `${random.int(1, 9)}.${random.int(1, 9)}e${random.int(-12, 12)}`,
  `${random.int(11, 99)}E${random.int(3, 12)}`,
  `${random.bigint(10n ** 36n, 10n ** 37n - 1n)}7`,
]

function value(depth = 0): Value {
  // Nothing that holds others, further down.
  const kind = random.int(0, depth > 2 ? 7 : 9)
  if (kind === 0) return { S: random.text(random.int(0, 30)) }
  if (kind === 1) return { N: random.pick(numbers()) }
  if (kind === 2) return { B: Buffer.alloc(random.int(0, 30), 7) }
  if (kind === 3) return { BOOL: random.int(0, 1) === 1 }
  if (kind === 4) return { NULL: true }
  if (kind === 5) return { SS: times(random.int(1, 4), () => random.text(3) + random.name()) }
  if (kind === 6) return { NS: random.shuffle(['1', '22', '-3.5', '400']).slice(0, random.int(1, 4)) }
  if (kind === 7) return { BS: times(random.int(1, 3), (index) => Buffer.alloc(index + 1, random.int(0, 255))) }
  if (kind === 8) return { L: times(random.int(0, 4), () => value(depth + 1)) }
  return {
    M: Object.fromEntries(times(random.int(0, 4), () => [random.name(random.pick(['', 'é'])), value(depth + 1)])),
  }
}
const newItem = (attributes: Item = {}): Item => ({
  ...newKey(),
  größe: { S: random.text(6) },
  ...Object.fromEntries(times(random.int(0, 6), () => [random.name('x'), value()])),
  ...attributes,
})

/** Fills the item up to 1,024 bytes, by the submission's own count, and to one more: only the second may cost two units. */
async function expectExactSize(item: Item): Promise<void> {
  const size = await itemSize(item)
  // What is too large by itself has an edge further up.
  const edge = Math.ceil((size + 1) / 1024) * 1024
  const filled = (bytes: number) => ({ ...item, ...newKey(), z: text(bytes - size - 1) })
  // The key of each is another one, of the same size.
  const put1 = await put(filled(edge))
  const put2 = await put(filled(edge + 1))
  expect([put1.table, put2.table]).toEqual([edge / 1024, edge / 1024 + 1])
}

test('item_size_at_the_kilobyte_edge', async () => {
  await Promise.all(times(15, () => expectExactSize(newItem())))
})

test('numbers_are_packed_in_pairs', async () => {
  await Promise.all(numbers().map((N) => expectExactSize({ ...newKey(), n: { N } })))
})

test('writes_with_indexes_match_the_engine', async () => {
  const some = () => text(random.pick([random.int(1, 5), random.int(6, 2_500)]))
  const version = (key: Item): Item =>
    newItem({
      ...key,
      ...maybe({ group: { S: random.pick(['A', 'B']) } }),
      ...maybe({ owner: { S: random.pick(['A', 'B']) } }),
      ...maybe({ state: { S: random.pick(['A', 'B']) } }),
      note: some(),
      body: some(),
    })
  /** Writes these, one over the other, and deletes the last. */
  const live = async (versions: Item[]) => {
    let old: Item | null = null
    for (const item of versions) {
      expect(await writeUnits({ old, item })).toEqual(await put(item))
      old = item
    }
    const request = { TableName, Key: keyOf(versions[0] as Item), ReturnConsumedCapacity: 'INDEXES' as const }
    const told = (await inspect.client.send(new DeleteItemCommand(request))).ConsumedCapacity
    expect(await writeUnits({ old })).toEqual(unitsIn(told))
  }
  // One that moves in each of the indexes, and others as they come.
  const key = newKey()
  const moving = ['A', 'B'].map((S) => newItem({ ...key, group: { S }, owner: { S }, state: { S } }))
  const lives = times(12, () => newKey()).map((one) => times(4, () => version(one)))
  await Promise.all([moving, ...lives].map(live))
})

test('unchanged_projection_is_free', async () => {
  const old = newItem({ group: { S: 'A' }, owner: { S: 'B' }, state: { S: 'C' }, note: text(random.int(1, 1_500)) })
  const item = { ...old, body: text(random.int(1, 900)) }
  await put(old)
  const told = await put(item)
  expect(told.indexes).toMatchObject({ 'by-group': 0, 'by-state': 0 })
  expect(await writeUnits({ old, item })).toEqual(told)
  expect(await writeUnits({ old: item, item: { ...item } })).toEqual(await put(item))
})

test('shrinking_an_item_pays_for_the_old_size', async () => {
  const old = newItem({ owner: { S: 'A' }, body: text(random.int(4_000, 9_000)) })
  const item = { ...keyOf(old), owner: { S: 'A' } }
  await put(old)
  expect(await writeUnits({ old, item })).toEqual(await put(item))
})

test('transactions_cost_double', async () => {
  const item = newItem({ group: { S: 'A' }, body: text(random.int(1_100, 6_000)) })
  const write = { TransactItems: [{ Put: { TableName, Item: item } }], ReturnConsumedCapacity: 'TOTAL' as const }
  const written = (await inspect.client.send(new TransactWriteItemsCommand(write))).ConsumedCapacity?.[0]
  expect((await writeUnits({ item, transactional: true })).total).toBe(written?.CapacityUnits)

  const gets = [keyOf(item), newKey()].map((Key) => ({ Get: { TableName, Key } }))
  const read = { TransactItems: gets, ReturnConsumedCapacity: 'TOTAL' as const }
  const told = (await inspect.client.send(new TransactGetItemsCommand(read))).ConsumedCapacity?.[0]
  expect(await readUnits('transactGet', [item, null])).toBe(told?.CapacityUnits)
})

test('query_rounds_once_batchget_rounds_each', async () => {
  const { pk } = newKey()
  // The first few are small, so that to round each of them is always too much.
  const items = times(random.int(5, 9), (index) => ({
    ...newKey(),
    pk,
    body: text(index < 4 ? random.int(1, 500) : random.int(100, 5_000)),
  }))
  await Promise.all(items.map(put))
  for (const consistent of random.shuffle([true, false])) {
    const query = {
      TableName,
      ConsistentRead: consistent,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': pk },
      ReturnConsumedCapacity: 'TOTAL' as const,
    }
    const queried = (await inspect.client.send(new QueryCommand(query))).ConsumedCapacity
    expect(await readUnits('query', items, consistent)).toBe(queried?.CapacityUnits)
    const batch = {
      RequestItems: { [TableName]: { ConsistentRead: consistent, Keys: items.map(keyOf) } },
      ReturnConsumedCapacity: 'TOTAL' as const,
    }
    const got = (await inspect.client.send(new BatchGetItemCommand(batch))).ConsumedCapacity?.[0]
    expect(await readUnits('batchGet', items, consistent)).toBe(got?.CapacityUnits)
  }
})

test('reading_nothing_still_costs', async () => {
  const item = newItem({ body: text(random.int(4_100, 9_000)) })
  await put(item)
  const missing = newKey()
  for (const ConsistentRead of [true, false])
    for (const [Key, found] of [[keyOf(item), item] as const, [missing, null] as const]) {
      const request = { TableName, ConsistentRead, Key, ReturnConsumedCapacity: 'TOTAL' as const }
      const told = (await inspect.client.send(new GetItemCommand(request))).ConsumedCapacity
      expect(await readUnits('get', [found], ConsistentRead)).toBe(told?.CapacityUnits)
    }
  expect(await readUnits('get', [null])).toBe(0.5)
  const request = { TableName, Key: missing, ReturnConsumedCapacity: 'INDEXES' as const }
  const told = (await inspect.client.send(new DeleteItemCommand(request))).ConsumedCapacity
  expect(await writeUnits({})).toEqual(unitsIn(told))
})

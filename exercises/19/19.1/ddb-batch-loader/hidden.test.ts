import { GetItemCommand } from '@aws-sdk/client-dynamodb'
import { random, submission, use } from 'drillbase/kit'
import { expect, test } from 'vitest'
import { type Item, type Report, tables } from './fixture.ts'

const warehouse = use.dynamodb({ tables })

/** Of a request, on the wire. */
type Put = { PutRequest: { Item: { pk: { S: string }; sk: { N: string }; v?: { S: string } } } }

function itemsOf(count: number): Item[] {
  const sensors = [random.name('s-'), random.name('s-'), random.name('s-')]
  return Array.from({ length: count }, (_, index) => ({ pk: random.pick(sensors), sk: index, v: random.text(4) }))
}

/** Loads without waiting: sleep answers at once, and its times are kept. */
async function load(items: Item[], options: { table?: string; maxParallel?: number } = {}) {
  const { table = 'readings', maxParallel = 2 } = options
  const pausesMs: number[] = []
  const sleep = async (ms: number) => void pausesMs.push(ms)
  const report = await submission.call<Report>('loadAll', warehouse.cfg, table, items, { sleep, maxParallel })
  return { ...report, pausesMs }
}

const byKey = <T extends { pk: unknown; sk: unknown }>(items: T[]) =>
  [...items].sort((a, b) => (`${a.sk}/${a.pk}` < `${b.sk}/${b.pk}` ? -1 : 1))
const stored = async () => byKey((await warehouse.scan('readings')) as Item[])

/** What the requests so far carried, each a list of items. */
const sent = () =>
  warehouse.proxy.log.map(({ body }) =>
    ((body.RequestItems as { readings: Put[] }).readings ?? []).map(({ PutRequest: { Item } }) => Item.sk.N),
  )

/** Writes the first `kept` items of a request and hands back the rest as unprocessed, as a busy table does. */
function partly(body: { RequestItems: Record<string, Put[]> }, kept: number) {
  const all = body.RequestItems.readings ?? []
  if (all.length <= kept) return undefined
  return {
    replace: { ...body, RequestItems: { readings: all.slice(0, kept) } },
    after: (answer: object) => ({ ...answer, UnprocessedItems: { readings: all.slice(kept) } }),
  }
}

test('everything_arrives_in_batches_of_25', async () => {
  const items = itemsOf(random.int(80, 120))
  const { written, rejected } = await load(items)
  expect([written, rejected]).toEqual([items.length, []])
  expect(await stored()).toEqual(byKey(items))
  expect(new Set(warehouse.proxy.log.map(({ op }) => op))).toEqual(new Set(['BatchWriteItem']))
  expect(warehouse.proxy.log).toHaveLength(Math.ceil(items.length / 25))
})

test('duplicate_keys_keep_the_last', async () => {
  const items = itemsOf(60)
  const again = random.shuffle(items).slice(0, 12)
  const changed = again.map((item) => ({ ...item, v: random.name() }))
  const last = changed.map((item) => ({ ...item, v: random.name() }))
  const { written, rejected } = await load([...items, ...changed, ...last], { maxParallel: 4 })
  expect([written, rejected]).toEqual([items.length, []])
  expect(await stored()).toEqual(byKey([...items.filter((item) => !again.includes(item)), ...last]))
})

test('leftovers_are_resent_alone', async () => {
  const items = itemsOf(random.int(20, 25))
  const expected: string[][] = []
  warehouse.proxy.rule((op, body, n) => {
    if (op !== 'BatchWriteItem') return undefined
    const keys = (body.RequestItems.readings as Put[]).map(({ PutRequest: { Item } }) => Item.sk.N)
    if (n === 1) expected.push(keys)
    const kept = Math.ceil(keys.length / 3)
    if (n <= 5) expected.push(keys.slice(kept))
    return n <= 5 ? partly(body, kept) : undefined
  })
  const { written, pausesMs } = await load(items)
  expect(written).toBe(items.length)
  expect(await stored()).toEqual(byKey(items))
  const sorted = (requests: string[][]) => requests.map((keys) => [...keys].sort())
  expect(sorted(sent())).toEqual(sorted(expected.filter((keys) => keys.length > 0)))
  expect(pausesMs).toHaveLength(sent().length - 1)
})

test('waits_grow_and_differ', async () => {
  const items = itemsOf(75)
  // Six times only one item of a batch is written, then all that is left. The last one tells which batch it is.
  const sends = new Map<string, number>()
  warehouse.proxy.rule((_op, body) => {
    const last = (body.RequestItems.readings as Put[]).at(-1)?.PutRequest.Item.sk.N ?? ''
    sends.set(last, (sends.get(last) ?? 0) + 1)
    return (sends.get(last) ?? 0) <= 6 ? partly(body, 1) : undefined
  })
  const { written, pausesMs } = await load(items, { maxParallel: 1 })
  expect(written).toBe(items.length)
  expect(await stored()).toEqual(byKey(items))
  // In whatever order the batches took turns: three first pauses are the shortest, and so on.
  const sorted = pausesMs.sort((a, b) => a - b)
  expect(sorted).toHaveLength(18)
  for (const [at, ms] of sorted.entries()) {
    const longest = Math.min(2_000, 100 * 2 ** Math.floor(at / 3))
    expect(ms).toBeGreaterThanOrEqual(longest / 2)
    expect(ms).toBeLessThanOrEqual(longest)
  }
  expect(new Set(sorted).size).toBeGreaterThan(6)
})

test('one_bad_item_does_not_sink_its_batch', async () => {
  // Their number leaves no batch without a good one.
  const good = itemsOf(random.int(35, 48))
  const bad: Item[] = [
    { pk: random.name('large-'), sk: 1, blob: 'x'.repeat(random.int(410_000, 430_000)) },
    { pk: '', sk: random.int(2, 99), v: 'nowhere' },
  ]
  const { written, rejected } = await load(random.shuffle([...good, ...bad]))
  expect(written).toBe(good.length)
  expect(byKey(rejected)).toEqual(byKey(bad.map(({ pk, sk }) => ({ pk, sk }))))
  expect(await stored()).toEqual(byKey(good))
})

test('values_keep_their_type', async () => {
  const digits = `${random.int(1, 9)}${Array.from({ length: 37 }, () => random.int(1, 9)).join('')}`
  const half = -random.int(1, 99) / 10
  const bytes = [random.int(0, 255), 0, 255]
  const item = {
    pk: random.name('s-'),
    sk: random.int(1, 99),
    digits: BigInt(digits),
    half,
    bytes: new Uint8Array(bytes),
    empty: '',
    nothing: null,
    tags: new Set(['a', 'b']),
    nested: { list: [1, 0.1, { yes: true }] },
  }
  // It is handed back once, and has to survive that as well.
  warehouse.proxy.rule((_op, body, n) => (n === 1 ? partly(body, 1) : undefined))
  expect(await load([...itemsOf(1), item])).toMatchObject({ written: 2, rejected: [] })
  const { Item = {} } = await warehouse.inspect.client.send(
    new GetItemCommand({ TableName: 'readings', Key: { pk: { S: item.pk }, sk: { N: String(item.sk) } } }),
  )
  expect({ ...Item, bytes: [...(Item.bytes?.B ?? [])] }).toEqual({
    pk: { S: item.pk },
    sk: { N: String(item.sk) },
    digits: { N: digits },
    half: { N: String(half) },
    bytes,
    empty: { S: '' },
    nothing: { NULL: true },
    tags: { SS: expect.toSatisfy((tags: string[]) => tags.toSorted().join() === 'a,b') },
    nested: { M: { list: { L: [{ N: '1' }, { N: '0.1' }, { M: { yes: { BOOL: true } } }] } } },
  })
})

test('parallelism_is_bounded', async () => {
  const maxParallel = random.int(2, 3)
  const items = itemsOf(25 * 6)
  const atOnce = { now: 0, most: 0 }
  warehouse.proxy.rule((_op, _body, n) => {
    atOnce.most = Math.max(atOnce.most, ++atOnce.now)
    return {
      // The first ones stay so long that whoever sends more meets them.
      delay: n <= maxParallel ? 400 : 0,
      after(answer) {
        atOnce.now--
        return answer
      },
    }
  })
  const { written } = await load(items, { maxParallel })
  expect(written).toBe(items.length)
  expect(atOnce.most).toBeGreaterThan(1)
  expect(atOnce.most).toBeLessThanOrEqual(maxParallel)
})

test('a_missing_table_is_an_error', async () => {
  const outcome = await load(itemsOf(random.int(3, 30)), { table: random.name('gone-') }).then(
    () => 'a report',
    () => 'an error',
  )
  expect(outcome).toBe('an error')
})

import { PutCommand } from '@aws-sdk/lib-dynamodb'
import { random, rejects, submission, until, use } from 'drillbase/kit'
import { expect, test } from 'vitest'
import { type Item, type Key, type Put, type Read, tables } from './fixture.ts'

const table = use.dynamodb({ tables })
const cache = use.redis()
const cfg = { ...table.cfg, ...cache.cfg }
const patienceMs = 4_000
/** Longer than every test: what ends earlier does so because the test ends it. */
const ttlMs = 60_000

const newKey = (): Key => ({ shop: random.name('shop-'), sku: random.name('sku-') })
const newValue = () => random.int(1, 9_999)
const get = (key: Key, change: Partial<Read> = {}) =>
  submission.call<Item | null>('getItem', cfg, { table: 'products', key, ttlMs, ...change })
const put = (item: Item, change: Partial<Put> = {}) =>
  submission.call('putItem', cfg, { table: 'products', keys: ['shop', 'sku'], item, ttlMs, ...change })
const add = (key: Key, attr: string, delta: number) =>
  submission.call<Item>('addTo', cfg, { table: 'products', key, attr, delta, ttlMs })
/** Past the cache, as a batch job would. */
const writeAround = (Item: Item, TableName = 'products') => table.inspect.doc.send(new PutCommand({ TableName, Item }))

/** What the call answers, and how many requests it took to the table. */
async function counted<T>(call: () => Promise<T>): Promise<{ answer: T; requests: number }> {
  const before = table.proxy.log.length
  const answer = await call()
  return { answer, requests: table.proxy.log.length - before }
}
const hit = async (key: Key, change: Partial<Read> = {}) => {
  const { answer, requests } = await counted(() => get(key, change))
  expect(requests).toBe(0)
  return answer
}
const entries = () => cache.inspect.keys(`${cfg.redis.prefix}*`)

/** Fails as soon as it is plain that the call hangs. */
async function soon<T>(call: Promise<T>, what: string): Promise<T> {
  let settled = false
  const settle = () => {
    settled = true
  }
  call.then(settle, settle)
  await until(() => settled, patienceMs, what)
  return call
}

test('second_eventual_read_is_a_hit', async () => {
  const [there, missing] = [newKey(), newKey()]
  const item = { ...there, v: newValue(), tags: [random.text(), null], more: { ok: false } }
  await writeAround(item)
  for (const [key, expected] of random.shuffle([
    [there, item],
    [missing, null],
  ] as const)) {
    expect(await counted(() => get(key))).toEqual({ answer: expected, requests: 1 })
    expect(await hit(key)).toEqual(expected)
    expect(await hit(key, { consistent: false })).toEqual(expected)
  }
  await put({ ...missing, v: 1 })
  expect(await hit(missing)).toEqual({ ...missing, v: 1 })
})

test('write_through_reaches_both', async () => {
  const key = newKey()
  for (let round = 0; round < 2; round++) {
    const item = { ...key, v: newValue(), [random.name()]: random.text() }
    expect((await counted(() => put(item))).requests).toBe(1)
    expect(await table.scan('products')).toEqual([item])
    expect(await hit(key)).toEqual(item)
  }
})

test('write_around_stays_invisible_until_ttl', async () => {
  const [through, read] = [newKey(), newKey()]
  const old = newValue()
  await put({ ...through, v: old })
  await writeAround({ ...read, v: old })
  await get(read)
  for (const key of [through, read]) {
    await writeAround({ ...key, v: old + 1 })
    expect(await hit(key)).toEqual({ ...key, v: old })
  }
  const stored = await entries()
  for (const name of stored) {
    const left = await cache.inspect.pttl(name)
    expect(left).toBeGreaterThan(ttlMs - 20_000)
    expect(left).toBeLessThanOrEqual(ttlMs)
    await cache.inspect.pexpire(name, 30_000)
  }
  for (const key of [through, read]) expect(await hit(key)).toEqual({ ...key, v: old })
  for (const name of stored) {
    expect(await cache.inspect.pttl(name)).toBeLessThanOrEqual(30_000)
    await cache.inspect.pexpire(name, 1)
  }
  await until(async () => (await entries()).length === 0, patienceMs, 'the end of the entries')
  for (const key of [through, read]) expect(await get(key)).toEqual({ ...key, v: old + 1 })
})

test('strong_read_bypasses_and_does_not_populate', async () => {
  const [known, unknown] = [newKey(), newKey()]
  const old = newValue()
  await put({ ...known, v: old })
  await writeAround({ ...known, v: old + 1 })
  await writeAround({ ...unknown, v: old })
  for (const [key, v] of random.shuffle([
    [known, old + 1],
    [unknown, old],
  ] as const))
    expect(await counted(() => get(key, { consistent: true }))).toEqual({ answer: { ...key, v }, requests: 1 })
  expect(table.proxy.log.slice(-2).map(({ body }) => body.ConsistentRead)).toEqual([true, true])
  expect(await hit(known)).toEqual({ ...known, v: old })
  expect((await counted(() => get(unknown))).requests).toBe(1)
  expect(await get({ ...unknown, sku: 'none' }, { consistent: true })).toBeNull()
})

test('refused_write_leaves_the_cache_alone', async () => {
  const [key, missing] = [newKey(), newKey()]
  const v = random.int(1, 50)
  await put({ ...key, v })
  expect(await get(missing)).toBeNull()
  const refused = { condition: 'v > :least', values: { ':least': v } }
  for (const one of random.shuffle([key, missing])) await rejects(put({ ...one, v: 99 }, refused), 'CONDITION_FAILED')
  expect(await hit(key)).toEqual({ ...key, v })
  expect(await hit(missing)).toBeNull()

  const writes = ['PutItem', 'UpdateItem', 'DeleteItem']
  table.proxy.rule((op) => (writes.includes(op) ? { fail: { type: 'ValidationException' } } : undefined))
  const failing = [
    put({ ...key, v: 99 }),
    add(key, 'v', 1),
    submission.call('deleteItem', cfg, { table: 'products', key, ttlMs }),
  ]
  for (const { status } of await Promise.allSettled(failing)) expect(status).toBe('rejected')
  expect(await hit(key)).toEqual({ ...key, v })

  table.proxy.rule(null)
  await put({ ...key, v: v + 1 }, { condition: 'v = :v', values: { ':v': v } })
  expect(await hit(key)).toEqual({ ...key, v: v + 1 })
})

test('update_and_delete_write_through', async () => {
  const key = newKey()
  const [from, delta] = [newValue(), random.int(-9, 9)]
  // Reserved words of DynamoDB's expressions are names like any other.
  const attr = random.pick(['count', 'size', 'value', 'total'])
  await writeAround({ ...key, [attr]: from, title: random.text() })
  const before = (await get(key)) as Item
  const after = { ...before, [attr]: from + delta }
  expect(await add(key, attr, delta)).toEqual(after)
  expect(await hit(key)).toEqual(after)

  await submission.call('deleteItem', cfg, { table: 'products', key, ttlMs })
  expect(await table.scan('products')).toEqual([])
  expect(await hit(key)).toBeNull()
  expect(await add(key, attr, delta)).toEqual({ ...key, [attr]: delta })
  expect(await hit(key)).toEqual({ ...key, [attr]: delta })
})

test('projected_read_does_not_truncate_the_cache', async () => {
  const key = newKey()
  const item = { ...key, name: random.text(), v: newValue(), gone: null }
  await writeAround(item)
  expect(await get(key, { project: ['name'] })).toEqual({ name: item.name })
  expect(await hit(key)).toEqual(item)
  expect(await hit(key, { project: ['v', 'gone', 'never'] })).toEqual({ v: item.v, gone: null })
  expect(await get(key, { project: ['v'], consistent: true })).toEqual({ v: item.v })
  expect(await hit(key)).toEqual(item)
  expect(await get(newKey(), { project: ['v'] })).toBeNull()
})

test('keys_do_not_collide', async () => {
  const [a, b, c] = [random.name(), random.name(), random.name()]
  const marks = [':', '|', '#', '/', ',', '-', '","', ' ', '\n']
  const pairs = marks.flatMap((mark) => [
    [`${a}${mark}${b}`, c],
    [a, `${b}${mark}${c}`],
  ])
  const keys = [...pairs, [a, b], [a.toUpperCase(), b], [`${a} `, b]].map(([shop, sku]) => ({ shop, sku }) as Key)
  const nr = random.int(1, 99)
  const all = random.shuffle([
    ...keys.map((key) => ({ name: 'products', key })),
    { name: 'products.old', key: { shop: a, sku: b } },
    { name: 'products', key: { shop: a, sku: String(nr) } },
    { name: 'shelves', key: { shop: a, nr } },
  ])
  await Promise.all(
    all.map(({ name, key }, v) => put({ ...key, v }, { table: name, keys: Object.keys(key).reverse() })),
  )
  const read = all.map(({ name, key }) =>
    hit(Object.fromEntries(Object.entries(key).reverse()), { table: name }).then((item) => item?.v),
  )
  expect(await Promise.all(read)).toEqual(all.map((_, v) => v))
})

test('slow_read_does_not_overwrite_a_write', async () => {
  const keys = [newKey(), newKey()] as const
  const old = newValue()
  for (const key of keys) await writeAround({ ...key, v: old })
  let letGo = () => {}
  const held = new Promise<void>((resolve) => {
    letGo = resolve
  })
  let answers = 0
  table.proxy.rule((op) =>
    op === 'GetItem'
      ? {
          after: async (answer) => {
            answers++
            await held
            return answer
          },
        }
      : undefined,
  )
  const slow = Promise.all(keys.map((key) => get(key)))
  await until(() => answers === keys.length, patienceMs, 'the answers of the table')
  await put({ ...keys[0], v: old + 1 })
  await submission.call('deleteItem', cfg, { table: 'products', key: keys[1], ttlMs })
  letGo()
  await slow
  expect(await hit(keys[0])).toEqual({ ...keys[0], v: old + 1 })
  expect(await hit(keys[1])).toBeNull()
})

test('cache_outage_falls_back', async () => {
  const [known, written, unknown] = [newKey(), newKey(), newKey()]
  const v = newValue()
  await put({ ...known, v })
  await writeAround({ ...unknown, v })

  cache.proxy.hole(true)
  const silent = Promise.all([get(known), get(unknown), get(known, { consistent: true }), put({ ...written, v })])
  expect(await soon(silent, 'the answers without a cache')).toMatchObject([{ v }, { v }, { v }, undefined])
  cache.proxy.hole(false)
  cache.proxy.refuse(true)
  cache.proxy.cut()
  expect(await soon(get(unknown), 'an answer while Redis is gone')).toEqual({ ...unknown, v })
  expect(await table.scan('products')).toHaveLength(3)

  cache.proxy.refuse(false)
  const again = newKey()
  const isBack = async () => {
    await get(again)
    return (await counted(() => get(again))).requests === 0
  }
  await until(isBack, patienceMs, 'the return of the cache')
})

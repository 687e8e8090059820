import { random, submission, until, use } from 'drillbase/kit'
import { expect, test } from 'vitest'
import type { Best, Line, Month, Order, Product, Query } from './fixture.ts'

const mongo = use.mongodb({ collections: [{ name: 'orders' }, { name: 'products' }] })
const orders = () => mongo.inspect.collection<Order>('orders')
const products = () => mongo.inspect.collection<Product>('products')

/** Where and when the first of February 2027 begins. */
const february = {
  'America/New_York': '2027-02-01T05:00:00Z',
  'America/Sao_Paulo': '2027-02-01T03:00:00Z',
  'Europe/Berlin': '2027-01-31T23:00:00Z',
  'Asia/Tokyo': '2027-01-31T15:00:00Z',
  'Pacific/Auckland': '2027-01-31T11:00:00Z',
}
type Zone = keyof typeof february
const zones = Object.keys(february) as Zone[]

const year: Query = {
  from: new Date('2026-12-20T00:00:00Z'),
  to: new Date('2027-12-20T00:00:00Z'),
  timezone: 'Europe/Berlin',
  top: 3,
}
const report = (change: Partial<Query> = {}): Promise<Month[]> =>
  submission.call('monthlyReport', mongo.cfg, { ...year, ...change })

let lastId = 0
const order = (placedAt: Date, lines: Line[], rest: Partial<Order> = {}): Order => ({
  _id: ++lastId,
  customer: random.name('customer'),
  status: 'paid',
  placedAt,
  lines,
  ...rest,
})
const line = (sku: string, qty = random.int(1, 5), cents = random.int(1, 9_999)): Line => ({ sku, qty, cents })
const nameProducts = (skus: string[]) => products().insertMany(skus.map((_id) => ({ _id, name: `the ${_id}` })))
const later = (start: Date, ms: number) => new Date(start.getTime() + ms)

/** Orders of a few months by a few customers. The first of the products may be one that nobody has named. */
async function fillShop(count: number, { firstIsNamed = true, note = '' } = {}) {
  const skus = Array.from({ length: 8 }, () => random.name())
  const customers = Array.from({ length: 6 }, () => random.name('customer'))
  const names = new Map(skus.slice(firstIsNamed ? 0 : 1).map((sku) => [sku, `${random.text()} ${sku}`]))
  await products().insertMany([...names].map(([_id, name]) => ({ _id, name })))
  const placed = Array.from({ length: count }, () => {
    const placedAt = new Date(Date.UTC(2027, random.int(0, 3), random.int(1, 28), random.int(0, 23), random.int(0, 59)))
    const lines = Array.from({ length: random.int(1, 4) }, () => line(random.pick(skus)))
    const status = random.pick(['paid', 'open', 'cancelled', 'refused'])
    return order(placedAt, lines, { status, customer: random.pick(customers), note })
  })
  await orders().insertMany(placed)
  return (query: Query) => expected(placed, names, query)
}

/** The same report, computed from what the test has stored. */
function expected(placed: Order[], names: Map<string, string>, { from, to, timezone, top }: Query): Month[] {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone: timezone, year: 'numeric', month: '2-digit' })
  const months = new Map<string, Map<string, Best & { customers: Set<string> }>>()
  for (const { placedAt, status, customer, lines = [] } of placed) {
    if (placedAt < from || placedAt >= to || status === 'cancelled') continue
    for (const { sku, qty, cents } of lines) {
      const month = format.format(placedAt).slice(0, 7)
      const rows = months.get(month) ?? new Map()
      const row = rows.get(sku) ?? { sku, name: names.get(sku) ?? '(unknown)', cents: 0, qty: 0, customers: new Set() }
      row.cents += qty * cents
      row.qty += qty
      row.customers.add(customer)
      months.set(month, rows.set(sku, row))
    }
  }
  return [...months]
    .toSorted(([one], [two]) => (one < two ? -1 : 1))
    .map(([month, rows]) => {
      const best = [...rows.values()].toSorted((one, two) => two.cents - one.cents || (one.sku < two.sku ? -1 : 1))
      return {
        month,
        total: best.reduce((sum, { cents }) => sum + cents, 0),
        top: best.slice(0, top).map(({ customers, ...row }) => ({ ...row, buyers: customers.size })),
      }
    })
}

test('matches_the_model', async () => {
  const modelOf = await fillShop(random.int(70, 100), { firstIsNamed: false })
  for (const top of [random.int(2, 5), 1]) {
    const query = { ...year, top, timezone: random.pick(zones) }
    expect(await report(query)).toEqual(modelOf(query))
  }
  const spring = { from: new Date('2027-03-05T12:00:00Z'), to: new Date('2027-04-10T12:00:00Z') }
  expect(await report(spring)).toEqual(modelOf({ ...year, ...spring }))
})

test('month_follows_the_time_zone', async () => {
  await nameProducts(['x'])
  for (const timezone of random.shuffle(zones).slice(0, 3)) {
    await orders().deleteMany({})
    const midnight = new Date(february[timezone])
    const [last, first] = [random.int(100, 900), random.int(100, 900)]
    await orders().insertMany([
      order(later(midnight, -1_000), [line('x', 1, last)]),
      order(midnight, [line('x', 1, first)]),
    ])
    const months = (await report({ timezone })).map(({ month, total }) => ({ month, total }))
    expect(months, timezone).toEqual([
      { month: '2027-01', total: last },
      { month: '2027-02', total: first },
    ])
  }
})

test('range_is_half_open', async () => {
  const [from, to] = [new Date('2027-05-03T10:00:00Z'), new Date('2027-05-17T10:00:00Z')]
  const inside = random.int(100, 900)
  await nameProducts(['x'])
  await orders().insertMany([
    order(later(from, -1), [line('x', 1, 10_000)]),
    order(from, [line('x', 1, inside)]),
    order(later(to, -1), [line('x', 1, 1)]),
    order(to, [line('x', 1, 20_000)]),
  ])
  expect(await report({ from, to })).toMatchObject([{ month: '2027-05', total: inside + 1 }])
  expect(await report({ from: to, to: from }), 'an empty range').toEqual([])
})

test('missing_status_and_empty_lines', async () => {
  const day = new Date('2027-06-10T12:00:00Z')
  const { status, ...withoutStatus } = order(day, [line('x', 2, 3)])
  const { lines, ...withoutLines } = order(day, [])
  const other = random.pick(['on hold', 'CANCELLED', ''])
  await nameProducts(['x'])
  await orders().insertMany([
    withoutStatus,
    withoutLines,
    order(day, []),
    order(day, [line('x', 1, 40)], { status: null }),
    order(day, [line('x', 1, 500)], { status: other }),
    order(day, [line('x', 1, 7_000)], { status: 'cancelled' }),
    order(new Date('2027-07-10T12:00:00Z'), []),
  ])
  const top = [{ sku: 'x', name: 'the x', cents: 546, qty: 4, buyers: 3 }]
  expect(await report(), 'a month without a line is not in the report').toEqual([{ month: '2027-06', total: 546, top }])
})

test('ties_are_ordered_by_sku', async () => {
  const skus = Array.from({ length: 9 }, () => random.name())
  await nameProducts(skus)
  await orders().insertOne(
    order(
      new Date('2027-06-10T12:00:00Z'),
      skus.map((sku) => line(sku, 2, 50)),
    ),
  )
  const [month] = await report({ top: 8 })
  expect(month?.top.map(({ sku }) => sku)).toEqual(skus.toSorted().slice(0, 8))
  expect(month?.total).toBe(900)
})

test('work_happens_in_the_database', async () => {
  const modelOf = await fillShop(500, { note: 'x'.repeat(300) })
  await report({ to: year.from })
  mongo.proxy.reset()
  expect(await report()).toEqual(modelOf(year))
  expect(mongo.proxy.bytesDown, 'bytes that the database sent').toBeLessThan(20_000)
  expect(mongo.proxy.turns, 'round trips').toBeLessThan(8)
})

test('reports_at_once_share_a_client', async () => {
  const modelOf = await fillShop(30)
  const queries = Array.from({ length: 10 }, (_, i) => ({ ...year, top: 1 + (i % 4), timezone: random.pick(zones) }))
  for (let round = 0; round < 3; round++) {
    const months = await Promise.all(queries.map((query) => report(query)))
    expect(months).toEqual(queries.map(modelOf))
  }
  expect(mongo.proxy.connections, 'connections for thirty reports, ten at a time').toBeLessThan(30)
  await submission.call('close')
  await until(() => mongo.proxy.openConnections === 0, 3_000, 'the end of every connection')
})

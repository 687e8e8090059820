import { setTimeout as pause } from 'node:timers/promises'
import { random, rejects, submission, use } from 'drillbase/kit'
import { expect, test } from 'vitest'
import { type Line, type Order, type Page, tables } from './fixture.ts'

const shop = use.dynamodb({ tables })
/** Whoever asks one after another is let through in the end. */
const patienceMs = 3_000

const times = <T>(count: number, make: (index: number) => T) => Array.from({ length: count }, (_, index) => make(index))
const linesOf = (count: number): Line[] => times(count, () => ({ sku: random.name('sku-'), qty: random.int(1, 9) }))
const aTime = () => Date.UTC(2027, random.int(0, 11), random.int(1, 28), random.int(0, 23), random.int(0, 59), 30)
const dayMs = 86_400_000

const putCustomer = (id: string, name: string) => submission.call<void>('putCustomer', shop.cfg, { id, name })
const getCustomer = (id: string) => submission.call<{ id: string; name: string } | null>('getCustomer', shop.cfg, id)
const addOrder = (customer: string, order: Order, lines: Line[] = linesOf(1)) =>
  submission.call<void>('addOrder', shop.cfg, customer, { ...order, lines })
const orderLines = (customer: string, orderId: string) =>
  submission.call<Line[]>('orderLines', shop.cfg, customer, orderId)
const ordersIn = (customer: string, from: Date, to: Date, limit: number, cursor?: string | null) => {
  const range = { from, to, limit }
  return submission.call<Page>('ordersOf', shop.cfg, customer, cursor === undefined ? range : { ...range, cursor })
}
const allOrders = async (customer: string) => (await ordersIn(customer, new Date(0), new Date('2100-01-01'), 90)).orders
const newestFirst = (orders: Order[]) => [...orders].sort((a, b) => b.placedAt.getTime() - a.placedAt.getTime())

const reads = ['GetItem', 'BatchGetItem', 'Query', 'Scan', 'TransactGetItems']

test('newest_first_inside_half_open_range', async () => {
  const customer = random.name('c-')
  const from = aTime()
  const to = from + 7 * dayMs + random.int(100, 900)
  const within = times(5, (index) => from + (index + 1) * dayMs + random.int(0, 999))
  // The old shop's orders were brought along; some orders share a second, and some lie at the edges.
  const moments = [Date.UTC(1999, 5, 1), from - 1, from, from + 1, from + 250, ...within, to - 1, to, to + 1]
  // The later, the smaller the id: what is not decided by the time comes out wrong.
  const orders = moments.map((at, index) => ({ orderId: `o-${99 - index}`, placedAt: new Date(at) }))
  await Promise.all([
    putCustomer(customer, random.text(8)),
    ...random.shuffle(orders).map((order) => addOrder(customer, order)),
  ])
  const inside = orders.filter(({ placedAt }) => placedAt.getTime() >= from && placedAt.getTime() < to)
  expect(await ordersIn(customer, new Date(from), new Date(to), 50)).toEqual({
    orders: newestFirst(inside),
    next: null,
  })
  expect(await allOrders(customer)).toEqual(newestFirst(orders))
  expect(await ordersIn(customer, new Date(to + dayMs), new Date(to + 2 * dayMs), 50)).toEqual({
    orders: [],
    next: null,
  })
})

test('lines_keep_their_order_and_number', async () => {
  const customer = random.name('c-')
  const [long, short] = [linesOf(90), linesOf(1)]
  // The same product stands on two lines.
  long[random.int(50, 89)] = { ...(long[random.int(0, 40)] as Line), qty: 70 }
  await Promise.all([
    addOrder(customer, { orderId: 'long', placedAt: new Date(aTime()) }, long),
    addOrder(customer, { orderId: 'short', placedAt: new Date(aTime()) }, short),
  ])
  expect(await orderLines(customer, 'long')).toEqual(long)
  expect(await orderLines(customer, 'short')).toEqual(short)
  expect(await orderLines(customer, random.name('nothing-'))).toEqual([])
  expect(await orderLines(random.name('nobody-'), 'long')).toEqual([])
  expect((await allOrders(customer)).map(({ orderId }) => orderId).sort()).toEqual(['long', 'short'])
})

test('ids_with_separators_do_not_collide', async () => {
  const [p, q, r] = [random.name(), random.name(), random.name()]
  const separators = ['#', '##', '%23', '|', '/', ':', '_', '-']
  const pairs = separators.flatMap((separator): [customer: string, orderId: string][] => [
    [p, q + separator + r],
    [p + separator + q, r],
  ])
  pairs.push([p, q], [p, `${q}0`], ['☃', 'PROFILE'], ['PROFILE', '☃'])
  const customers = [p, `${p}#${q}`, `${p}%23${q}`, 'PROFILE', '☃']
  const orders = pairs.map(([customer, orderId]) => ({ customer, orderId, lines: linesOf(1) }))
  const placedAt = new Date(aTime())
  await Promise.all([
    ...customers.map((id) => putCustomer(id, `name of ${id}`)),
    ...orders.map(({ customer, orderId, lines }) => addOrder(customer, { orderId, placedAt }, lines)),
  ])
  expect(await Promise.all(orders.map(({ customer, orderId }) => orderLines(customer, orderId)))).toEqual(
    orders.map(({ lines }) => lines),
  )
  expect(await Promise.all(customers.map(getCustomer))).toEqual(customers.map((id) => ({ id, name: `name of ${id}` })))
  const idsOf = async (customer: string) => (await allOrders(customer)).map(({ orderId }) => orderId).sort()
  expect(await Promise.all(customers.map(idsOf))).toEqual(
    customers.map((id) => pairs.flatMap(([customer, orderId]) => (customer === id ? [orderId] : [])).sort()),
  )
  expect(await getCustomer(p + q)).toBeNull()
})

test('a_read_is_one_request_without_filter', async () => {
  const customer = random.name('c-')
  const start = aTime()
  const orders = times(7, (index) => ({ orderId: random.name('o-'), placedAt: new Date(start + index * 1_000) }))
  const lines = linesOf(3)
  await Promise.all([putCustomer(customer, 'Ada'), ...orders.map((order) => addOrder(customer, order, lines))])
  shop.proxy.reset()
  // What each request read, as the engine counted it.
  const scanned: number[] = []
  shop.proxy.rule(() => ({
    after(answer) {
      scanned.push(answer.ScannedCount ?? 1)
      return answer
    },
  }))
  const { orders: page } = await ordersIn(customer, new Date(start), new Date(start + dayMs), 5)
  expect(page).toEqual(newestFirst(orders).slice(0, 5))
  expect(await orderLines(customer, orders[3]?.orderId as string)).toEqual(lines)
  expect(await getCustomer(customer)).toEqual({ id: customer, name: 'Ada' })
  expect(await orderLines(customer, random.name('nothing-'))).toEqual([])

  expect(shop.proxy.log).toHaveLength(4)
  expect(shop.proxy.log[0]?.op).toBe('Query')
  for (const { op, body } of shop.proxy.log) {
    expect(['Query', 'GetItem']).toContain(op)
    expect(body).not.toHaveProperty('FilterExpression')
    expect(body).not.toHaveProperty('QueryFilter')
  }
  expect(scanned[0]).toBeLessThanOrEqual(6)
  expect(scanned[1]).toBeLessThanOrEqual(lines.length + 1)
})

test('pages_walk_the_whole_history', async () => {
  const customer = random.name('c-')
  const limit = random.int(3, 4)
  const start = aTime()
  // A sales robot places three orders in a millisecond. The last page is full as well.
  const orders = times(4 * limit, (index) => ({
    orderId: random.name('o-'),
    placedAt: new Date(start + Math.floor(index / 3)),
  }))
  await Promise.all([putCustomer(customer, 'Ada'), ...random.shuffle(orders).map((order) => addOrder(customer, order))])
  const pages: Order[][] = []
  for (let cursor: string | null | undefined; cursor !== null; ) {
    expect(pages.length).toBeLessThan(4)
    const { orders: page, next } = await ordersIn(customer, new Date(start), new Date(start + dayMs), limit, cursor)
    pages.push(page)
    cursor = next
    // Meanwhile the customer goes on shopping.
    await addOrder(customer, { orderId: random.name('new-'), placedAt: new Date(start + 5_000 + pages.length) })
  }
  expect(pages.map((page) => page.length)).toEqual(times(4, () => limit))
  const seen = pages.flat()
  expect(seen.map(({ placedAt }) => placedAt)).toEqual(newestFirst(orders).map(({ placedAt }) => placedAt))
  expect(seen.map(({ orderId }) => orderId).sort()).toEqual(orders.map(({ orderId }) => orderId).sort())
})

test('bad_cursors_are_refused', async () => {
  const [customer, other] = [random.name('c-'), random.name('c-')]
  const start = aTime()
  const orders = times(6, (index) => ({ orderId: `o-${index}`, placedAt: new Date(start + index) }))
  await Promise.all(orders.map((order) => addOrder(customer, order)))
  const page = (of: string, cursor?: string | null) =>
    ordersIn(of, new Date(start), new Date(start + dayMs), 2, cursor).then(({ next }) => next)
  const next = await page(customer)
  const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const made = [random.text(), random.name(), ...[null, {}, [], 7, [customer], [customer, {}]].map(encoded)]
  for (const cursor of random.shuffle(made)) await rejects(page(customer, cursor), 'BAD_CURSOR')
  await rejects(page(other, next), 'BAD_CURSOR')
  expect(await page(customer, await page(customer, next))).toBeNull()
})

test('order_and_lines_appear_together_or_not_at_all', async () => {
  const customer = random.name('c-')
  /** What there is to see of an order: its lines, if it is in the history. */
  const seen = async (orderId: string) => {
    const isListed = (await allOrders(customer)).some((order) => order.orderId === orderId)
    return { isListed, lines: await orderLines(customer, orderId) }
  }
  const isWrite = (op: string) => !reads.includes(op)
  /** The first request of the order goes through, or none; then the next try is like any other. */
  for (const through of random.shuffle([0, 1])) {
    const order = { orderId: random.name('o-'), placedAt: new Date(aTime()) }
    const lines = linesOf(through === 0 ? 2 : random.int(26, 30))
    let written = 0
    shop.proxy.rule((op) =>
      isWrite(op) && ++written > through ? { fail: { type: 'AccessDeniedException', status: 400 } } : undefined,
    )
    const isAdded = await addOrder(customer, order, lines).then(
      () => true,
      () => false,
    )
    shop.proxy.rule(null)
    const whole = { isListed: true, lines }
    const nothing = { isListed: false, lines: [] }
    expect(await seen(order.orderId)).toEqual(isAdded ? whole : nothing)
    if (isAdded) await rejects(addOrder(customer, order, lines), 'ORDER_EXISTS')
    else await addOrder(customer, order, lines)
    expect(await seen(order.orderId)).toEqual(whole)
  }
  // The reply of an order gets lost, and nobody knows.
  const order = { orderId: random.name('o-'), placedAt: new Date(aTime()) }
  const lines = linesOf(5)
  shop.proxy.rule((op, _body, n) => (isWrite(op) && n === 1 ? { lost: true } : undefined))
  await addOrder(customer, order, lines).catch(() => {})
  shop.proxy.rule(null)
  await rejects(addOrder(customer, order, lines), 'ORDER_EXISTS')
  expect(await seen(order.orderId)).toEqual({ isListed: true, lines })
})

test('same_order_id_is_refused', async () => {
  const customer = random.name('c-')
  const orderId = random.name('o-')
  const start = aTime()
  // Whoever looks before it writes is answered when all have looked.
  const tries = times(6, (index) => ({ placedAt: new Date(start + index * dayMs), lines: linesOf(1) }))
  const everybody = Promise.withResolvers<void>()
  let asked = 0
  const isLast = () => ++asked === tries.length
  shop.proxy.rule((op) => {
    if (!reads.includes(op)) {
      if (isLast()) everybody.resolve()
      return undefined
    }
    return {
      async after(answer) {
        // Counted when the engine has answered: a read that has only arrived may still be overtaken by a write.
        if (isLast()) everybody.resolve()
        await Promise.race([everybody.promise, pause(patienceMs, undefined, { ref: false })])
        // Waiting in vain once is enough.
        everybody.resolve()
        return answer
      },
    }
  })
  const results = await Promise.allSettled(
    tries.map(({ placedAt, lines }) => addOrder(customer, { orderId, placedAt }, lines)),
  )
  shop.proxy.rule(null)
  const winners = tries.filter((_, index) => results[index]?.status === 'fulfilled')
  expect(winners).toHaveLength(1)
  for (const result of results) if (result.status === 'rejected') expect(result.reason.code).toBe('ORDER_EXISTS')
  const [{ placedAt, lines }] = winners as [(typeof tries)[number]]
  await rejects(addOrder(customer, { orderId, placedAt }, lines), 'ORDER_EXISTS')
  await rejects(addOrder(customer, { orderId, placedAt: new Date(start - dayMs) }, linesOf(3)), 'ORDER_EXISTS')
  expect(await allOrders(customer)).toEqual([{ orderId, placedAt }])
  expect(await orderLines(customer, orderId)).toEqual(lines)
  // An id belongs to a customer.
  const other = random.name('c-')
  await addOrder(other, { orderId, placedAt }, lines)
  expect(await allOrders(other)).toEqual([{ orderId, placedAt }])
})

test('conflict_is_no_existing_order', async () => {
  const customer = random.name('c-')
  const order = { orderId: random.name('o-'), placedAt: new Date(aTime()) }
  const lines = linesOf(2)
  let conflicts = 2
  shop.proxy.rule((op, body) => {
    if (op !== 'TransactWriteItems' || conflicts-- <= 0) return undefined
    // One of the items is being written by somebody else just then.
    const reasons = (body.TransactItems as unknown[]).map((_, index) => ({
      Code: index === 0 ? 'TransactionConflict' : 'None',
    }))
    const message = 'Transaction cancelled, please refer cancellation reasons for specific reasons'
    return { fail: { type: 'TransactionCanceledException', message, extra: { CancellationReasons: reasons } } }
  })
  await addOrder(customer, order, lines)
  shop.proxy.rule(null)
  expect(await allOrders(customer)).toEqual([order])
  expect(await orderLines(customer, order.orderId)).toEqual(lines)
})

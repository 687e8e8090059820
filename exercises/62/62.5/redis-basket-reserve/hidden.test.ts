import { random, rejects, type Submission, submission, until, use } from 'drillbase/kit'
import { expect, test } from 'vitest'

type Lines = Record<string, unknown>

const redis = use.redis()

const fill = (stock: Record<string, number>) => redis.inspect.hset(redis.key('stock'), stock)
const left = async (): Promise<Record<string, number>> => {
  const stock = await redis.inspect.hgetall(redis.key('stock'))
  return Object.fromEntries(Object.entries(stock).map(([sku, value]) => [sku, Number(value)]))
}
const newOrder = () => random.name('order-')
const reserve = (order: string, lines: Lines, by: Submission = submission): Promise<{ replayed: boolean }> =>
  by.call('reserve', redis.cfg, order, lines)
const release = (order: string, by: Submission = submission): Promise<boolean> => by.call('release', redis.cfg, order)
const repeat = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))

/**
 * Every chunk takes a moment from here on, so that calls which set out together overlap: whoever reads before writing reads
 * what all the others read. The first round opens the connections; without it they would set out one by one.
 */
async function slowDown(...processes: Submission[]): Promise<void> {
  redis.proxy.delay(15)
  await Promise.all(processes.flatMap((process) => repeat(16, () => release(newOrder(), process))))
}

test('all_or_nothing', async () => {
  const [tent, peg, lamp, rope] = [
    random.name('tent-'),
    random.name('peg-'),
    random.name('lamp-'),
    random.name('rope-'),
  ]
  const pegs = random.int(1, 9)
  const stock = { [tent]: random.int(3, 20), [peg]: pegs, [lamp]: random.int(3, 20), [rope]: 0 }
  await fill(stock)

  const short = await rejects(reserve(newOrder(), { [tent]: 2, [peg]: pegs + 1, [lamp]: 1 }), 'SHORT')
  expect(short.data).toEqual({ sku: peg })
  const soldOut = await rejects(reserve(newOrder(), { [lamp]: 1, [rope]: 1 }), 'SHORT')
  expect(soldOut.data).toEqual({ sku: rope })
  const strange = random.name('none-')
  const unknown = await rejects(reserve(newOrder(), { [tent]: 1, [strange]: 1 }), 'UNKNOWN')
  expect(unknown.data).toEqual({ sku: strange })
  expect(await left()).toEqual(stock)

  // A refusal is not remembered, and the last piece may be taken.
  const order = newOrder()
  await rejects(reserve(order, { [peg]: pegs + 1 }), 'SHORT')
  expect(await reserve(order, { [tent]: stock[tent], [peg]: pegs, [lamp]: 2 })).toEqual({ replayed: false })
  expect(await left()).toEqual({ ...stock, [tent]: 0, [peg]: 0, [lamp]: (stock[lamp] as number) - 2 })
})

test('never_oversells_under_concurrency', async () => {
  const other = await submission.spawn()
  const [tent, peg] = [random.name('tent-'), random.name('peg-')]
  const baskets = random.int(7, 12)
  await fill({ [tent]: baskets, [peg]: baskets * 2 + 1 })
  await slowDown(submission, other)
  const calls = repeat(30, (index) => reserve(newOrder(), { [tent]: 1, [peg]: 2 }, index % 2 ? submission : other))
  const outcomes = await Promise.allSettled(calls)
  redis.proxy.delay(0)

  const codes = outcomes.map((outcome) => (outcome.status === 'fulfilled' ? 'reserved' : outcome.reason.code))
  expect(codes.filter((code) => code === 'reserved')).toHaveLength(baskets)
  expect(codes.filter((code) => code === 'SHORT')).toHaveLength(30 - baskets)
  expect(await left()).toEqual({ [tent]: 0, [peg]: 1 })
})

test('same_order_id_reserves_once', async () => {
  const sku = random.name('sku-')
  const [stock, quantity] = [random.int(60, 99), random.int(2, 4)]
  await fill({ [sku]: stock })
  const order = newOrder()
  await slowDown(submission)
  const answers = await Promise.all(repeat(16, () => reserve(order, { [sku]: quantity })))
  redis.proxy.delay(0)
  expect(answers.filter((answer) => !answer.replayed)).toHaveLength(1)

  // Also when nothing would be left for it, and whatever the copy says.
  await reserve(newOrder(), { [sku]: stock - quantity })
  expect(await reserve(order, { [sku]: quantity + 1 })).toEqual({ replayed: true })
  expect(await left()).toEqual({ [sku]: 0 })
})

test('release_gives_back_exactly_once', async () => {
  const [one, two] = [random.name('one-'), random.name('two-')]
  const stock = { [one]: random.int(10, 20), [two]: random.int(10, 20) }
  await fill(stock)
  const [order, kept] = [newOrder(), newOrder()]
  await reserve(order, { [one]: random.int(2, 9), [two]: 1 })
  await reserve(kept, { [one]: 1 })

  await slowDown(submission)
  const answers = await Promise.all(repeat(10, () => release(order)))
  redis.proxy.delay(0)
  expect(answers.filter((given) => given)).toHaveLength(1)
  expect(await release(newOrder())).toBe(false)
  expect(await left()).toEqual({ ...stock, [one]: (stock[one] as number) - 1 })
})

test('crash_after_the_write_is_replayed', async () => {
  const [one, two] = [random.name('one-'), random.name('two-')]
  const stock = { [one]: random.int(10, 20), [two]: random.int(10, 20) }
  await fill(stock)
  const lines = { [one]: random.int(1, 4), [two]: random.int(1, 4) }
  const order = newOrder()
  const doomed = await submission.spawn()
  await release(newOrder(), doomed)

  // Answers are held back long enough for the connection to go between the write and its answer: no second step is possible.
  redis.proxy.delay(120)
  const lost = reserve(order, lines, doomed).catch(() => 'lost')
  await until(async () => (await left())[two] !== stock[two], 4_000, 'a basket that is taken')
  redis.proxy.refuse(true)
  redis.proxy.cut()
  await doomed.kill()
  await lost
  redis.proxy.reset()

  // A dead connection may cost the one call that finds it.
  const again = await until(() => reserve(order, lines).catch(() => null), 4_000, 'an answer to the repeated order')
  expect(again).toEqual({ replayed: true })
  expect(await release(order)).toBe(true)
  expect(await left()).toEqual(stock)
})

test('bad_quantities_are_refused', async () => {
  const [sku, good] = [random.name('sku-'), random.name('good-')]
  const stock = { [sku]: random.int(10, 20), [good]: 5 }
  await fill(stock)
  for (const quantity of random.shuffle([-random.int(1, 9), 0, 1.5, '2', null, true])) {
    const refused = await rejects(reserve(newOrder(), { [good]: 1, [sku]: quantity }), 'BAD_QTY')
    expect(refused.data).toEqual({ sku })
  }
  await rejects(reserve(newOrder(), {}), 'BAD_QTY')
  expect(await left()).toEqual(stock)
})

test('script_cache_flush_is_harmless', async () => {
  const sku = random.name('sku-')
  const stock = random.int(10, 20)
  await fill({ [sku]: stock })
  const orders = [newOrder(), newOrder()] as const
  await reserve(orders[0], { [sku]: 1 })
  await release(newOrder())
  await redis.inspect.script('FLUSH')
  await reserve(orders[1], { [sku]: 2 })
  await redis.inspect.script('FLUSH')
  expect(await release(orders[0])).toBe(true)
  expect(await left()).toEqual({ [sku]: stock - 2 })
})

test('hostile_ids_and_skus', async () => {
  const sku = `${random.name()}'; redis.call('HSET', KEYS[1], 'x', 1) --\n*"${random.text()}`
  await fill({ [sku]: 40, '': 5 })
  const word = random.name()
  const orders = random.shuffle([word, `${word}*`, `${word}\n"{}`, `${word}:`, '', 'stock', 'order:', `']]--${word}`])
  for (const order of orders) expect(await reserve(order, { [sku]: 1 })).toEqual({ replayed: false })
  await reserve(newOrder(), { [sku]: 2, '': 5 })
  expect(await left()).toEqual({ [sku]: 40 - orders.length - 2, '': 0 })

  for (const order of orders) expect(await release(order)).toBe(true)
  expect(await left()).toEqual({ [sku]: 38, '': 0 })
})

test('close_frees_every_connection', async () => {
  const sku = random.name('sku-')
  await fill({ [sku]: 40 })
  await Promise.all(repeat(8, () => reserve(newOrder(), { [sku]: 1 })))
  const opened = redis.proxy.connections
  for (let calls = 0; calls < 4; calls++) await reserve(newOrder(), { [sku]: 1 })
  expect(redis.proxy.connections, 'a connection that is opened again for each call').toBe(opened)
  expect((await redis.clients()).length).toBeGreaterThan(0)
  await submission.call('close')
  await until(async () => (await redis.clients()).length === 0, 2_000, 'the end of every connection')
  expect(await reserve(newOrder(), { [sku]: 28 })).toEqual({ replayed: false })
  expect(await left()).toEqual({ [sku]: 0 })
})

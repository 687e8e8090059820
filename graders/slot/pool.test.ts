import { expect, test } from 'vitest'
import { WarmPool } from './pool.ts'
import { Refills } from './refills.ts'
import { WarmMemory } from './warm-memory.ts'

type Thing = { number: number; spoilt: boolean }

function poolOf(
  keep: number,
  { idleMs = 60_000, memory = new WarmMemory(100), refills = new Refills(), order = [] as string[] } = {},
) {
  const opened: Thing[] = []
  const closed: number[] = []
  const failing = { open: false }
  const weighing = { begun: false }
  const pool = new WarmPool<Thing>({
    keep,
    idleMs,
    async open() {
      if (failing.open) throw new Error('cannot open')
      const thing = { number: opened.length, spoilt: false }
      opened.push(thing)
      order.push('open')
      await settled()
      order.push('opened')
      return thing
    },
    async close(thing) {
      closed.push(thing.number)
    },
    isFit: (thing) => !thing.spoilt,
    async bytesOf() {
      weighing.begun = true
      await settled()
      return 10
    },
    shared: { refills, memory, onChange() {} },
  })
  return { pool, opened, closed, failing, weighing }
}
const settled = () => new Promise((resolve) => setTimeout(resolve, 5))

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await settled()
}

test('an empty pool opens a fresh one; what comes back is kept up to the limit', async () => {
  const { pool, opened, closed } = poolOf(1)
  const [first, second] = [await pool.take(), await pool.take()]
  await pool.giveBack(first)
  await pool.giveBack(second)
  expect(closed).toEqual([1])
  expect(await pool.take()).toBe(first)
  expect(opened).toHaveLength(2)
})

test('a refill makes ready ones in the background, as many as are kept', async () => {
  const { pool, opened } = poolOf(2)
  pool.refill()
  pool.refill()
  await until(() => pool.ready === 2)
  expect(opened).toHaveLength(2)
  await pool.take()
  expect(opened).toHaveLength(2)
})

test('one that a refill has opened is handed out once, also while it is being weighed', async () => {
  const { pool, weighing } = poolOf(1)
  pool.refill()
  await until(() => weighing.begun)
  const first = await pool.take()
  await until(() => pool.ready === 1)
  expect(await pool.take()).not.toBe(first)
})

test('a spoilt one is closed and another is taken', async () => {
  const { pool, opened, closed } = poolOf(2)
  pool.refill()
  await until(() => pool.ready === 2)
  for (const thing of opened) thing.spoilt = true
  expect((await pool.take()).number).toBe(2)
  expect(closed.sort()).toEqual([0, 1])
})

test('a refill that fails is silent, and taking then says why', async () => {
  const { pool, failing } = poolOf(1)
  failing.open = true
  pool.refill()
  await settled()
  await expect(pool.take()).rejects.toThrow('cannot open')
  failing.open = false
  expect(await pool.take()).toMatchObject({ number: 0 })
})

test('unused ones are given back after a while', async () => {
  const { pool, closed } = poolOf(1, { idleMs: 30 })
  pool.refill()
  await until(() => closed.length > 0)
  expect(closed).toEqual([0])
})

test('a closed pool keeps nothing, also not what was still opening', async () => {
  const { pool, opened, closed } = poolOf(3)
  const taken = await pool.take()
  pool.refill()
  await pool.close()
  await pool.giveBack(taken)
  expect(closed.sort()).toEqual(opened.map(({ number }) => number))
})

test('no refill begins while a submission waits for its slot', async () => {
  const refills = new Refills()
  const order: string[] = []
  const { pool } = poolOf(1, { refills, order })
  const served = refills.hold()
  await pool.take()
  pool.refill()
  await settled()
  order.push('served')
  served()
  await until(() => pool.ready === 1)
  expect(order).toEqual(['open', 'opened', 'served', 'open', 'opened'])
})

test('refills of all pools are opened one at a time', async () => {
  const shared = { refills: new Refills(), order: [] as string[] }
  const [one, other] = [poolOf(2, shared).pool, poolOf(1, shared).pool]
  one.refill()
  other.refill()
  await until(() => one.ready === 2 && other.ready === 1)
  expect(shared.order).toEqual(['open', 'opened', 'open', 'opened', 'open', 'opened'])
})

test('who comes while a refill opens one gets that one, and the next a fresh one', async () => {
  const { pool, opened } = poolOf(1)
  pool.refill()
  const [first, second] = await Promise.all([pool.take(), pool.take()])
  expect([first?.number, second?.number]).toEqual([0, 1])
  expect(opened).toHaveLength(2)
  expect(pool.ready).toBe(0)
})

test('who comes before the turn of a refill opens one, and the refill none in its place', async () => {
  const refills = new Refills()
  const { pool, opened } = poolOf(1, { refills })
  const served = refills.hold()
  pool.refill()
  expect((await pool.take()).number).toBe(0)
  served()
  await settled()
  await settled()
  expect(opened).toHaveLength(1)
  expect(pool.ready).toBe(0)
  pool.refill()
  await until(() => pool.ready === 1)
  expect(opened).toHaveLength(2)
})

test('what is going to come back is not opened again, what was used up is', async () => {
  const { pool, opened, closed } = poolOf(1)
  await pool.giveBack(await pool.take())
  const taken = await pool.take()
  pool.refill()
  await settled()
  expect(opened).toHaveLength(1)
  await pool.discard(taken)
  expect(closed).toEqual([0])
  pool.refill()
  await until(() => pool.ready === 1)
  expect(opened).toHaveLength(2)
})

test('with one in use and on its way back, only the other one is missing', async () => {
  const { pool, opened, closed } = poolOf(2)
  await pool.giveBack(await pool.take())
  for (let round = 0; round < 3; round++) {
    const taken = await pool.take()
    pool.refill()
    await until(() => pool.ready === 1)
    await pool.giveBack(taken)
  }
  expect(opened).toHaveLength(2)
  expect(closed).toEqual([])
})

test('beyond the memory of all pools together the longest unused is given back', async () => {
  const memory = new WarmMemory(25)
  const [one, other] = [poolOf(2, { memory }), poolOf(1, { memory })]
  one.pool.refill()
  await until(() => one.pool.ready === 2)
  other.pool.refill()
  await until(() => other.pool.ready === 1)
  expect(one.closed).toEqual([0])
  expect([one.pool.ready, memory.bytes]).toEqual([1, 20])
  await one.pool.take()
  expect(memory.bytes).toBe(10)
})

test('what is larger than all the memory is not kept, and not tried again and again', async () => {
  const { pool, opened, closed } = poolOf(1, { memory: new WarmMemory(5) })
  pool.refill()
  await until(() => closed.length > 0)
  await settled()
  expect(opened).toHaveLength(1)
})

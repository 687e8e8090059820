import { expect, test } from 'vitest'
import { WarmPool } from './pool.ts'

type Thing = { number: number; spoilt: boolean }

function poolOf(keep: number, idleMs = 60_000) {
  const opened: Thing[] = []
  const closed: number[] = []
  const failing = { open: false }
  const pool = new WarmPool<Thing>({
    keep,
    idleMs,
    async open() {
      if (failing.open) throw new Error('cannot open')
      const thing = { number: opened.length, spoilt: false }
      opened.push(thing)
      return thing
    },
    async close(thing) {
      closed.push(thing.number)
    },
    isFit: (thing) => !thing.spoilt,
  })
  return { pool, opened, closed, failing }
}
const settled = () => new Promise((resolve) => setTimeout(resolve, 20))

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
  await settled()
  expect(opened).toHaveLength(2)
  await pool.take()
  expect(opened).toHaveLength(2)
})

test('a spoilt one is closed and another is taken', async () => {
  const { pool, opened, closed } = poolOf(2)
  pool.refill()
  await settled()
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
  const { pool, closed } = poolOf(1, 30)
  pool.refill()
  await new Promise((resolve) => setTimeout(resolve, 120))
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

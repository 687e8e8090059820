import { expect, test } from 'vitest'
import { WaitClock } from './wait-clock.ts'

const passes = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

test('two that wait at once wait once, and nothing counts after the last answer', async () => {
  const clock = new WaitClock()
  const [one, two] = [{}, {}]
  clock.begin(one)
  clock.begin(two)
  clock.end(one)
  expect(clock.ms).toBeGreaterThanOrEqual(0)
  await passes(20)
  clock.end(two)
  const waited = clock.ms
  expect(waited).toBeGreaterThan(10)
  await passes(20)
  clock.end(two)
  expect(clock.ms).toBe(waited)
})

test('a fault ends what waits, and what begins under it is not counted', async () => {
  const clock = new WaitClock()
  const who = {}
  clock.begin(who)
  clock.bend(true)
  const waited = clock.ms
  clock.begin(who)
  await passes(20)
  expect(clock.ms).toBe(waited)
  clock.bend(false)
  await passes(5)
  clock.end(who)
  expect(clock.ms).toBe(waited)
})

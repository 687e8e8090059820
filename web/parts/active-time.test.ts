import { expect, test } from 'vitest'
import { noTime, seenAt } from './active-time.ts'

const minuteMs = 60_000
const after = (...minutes: number[]) =>
  minutes.reduce((time, minute) => seenAt(time, minute * minuteMs), noTime).totalMs

test('time counts from sign of life to sign of life', () => expect(after(1, 3, 7)).toBe(6 * minuteMs))
test('a pause over five minutes does not count at all', () => expect(after(0, 4, 30, 31)).toBe(5 * minuteMs))
test('a clock that goes back takes nothing away', () => expect(after(10, 12, 5, 6)).toBe(3 * minuteMs))

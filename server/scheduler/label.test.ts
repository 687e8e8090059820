import { expect, test } from 'vitest'
import { intervalLabel } from './label.ts'

const minuteMs = 60_000

test.each([
  [0, minuteMs, '1 min'],
  [0, 0, '1 min'],
  [0, 10 * minuteMs, '10 min'],
  [0, 59 * minuteMs, '59 min'],
  [0, 60 * minuteMs, '1 h'],
  [0, 90 * minuteMs, '1.5 h'],
  [1, 17 * 60 * minuteMs, '1 d'],
  [3, 0, '3 d'],
  [30, 0, '30 d'],
  [31, 0, '1 mo'],
  [37, 0, '1.2 mo'],
  [365, 0, '12 mo'],
  [366, 0, '1 y'],
  [767, 0, '2.1 y'],
])('%i days or %i ms read %s', (scheduledDays, intervalMs, label) => {
  expect(intervalLabel(scheduledDays, intervalMs)).toBe(label)
})

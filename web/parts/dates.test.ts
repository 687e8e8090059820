import { expect, test } from 'vitest'
import { addDays, dayFrom, daysBetween, fromNow } from './dates.ts'
import { weeksUpTo } from './year.ts'

const noon = Date.UTC(2026, 10, 23, 12)
const later = (minutes: number) => new Date(noon + minutes * 60_000).toISOString()

test('an instant is told from now in the unit that fits', () => {
  expect(fromNow(later(0.5), noon)).toBe('now')
  expect(fromNow(later(8), noon)).toBe('in 8 minutes')
  expect(fromNow(later(-120), noon)).toBe('2 hours ago')
  expect(fromNow(later(24 * 60), noon)).toBe('tomorrow')
  expect(fromNow(later(14 * 24 * 60), noon)).toBe('in 14 days')
  expect(fromNow(later(90 * 24 * 60), noon)).toBe('in 3 months')
  expect(fromNow(later(800 * 24 * 60), noon)).toBe('in 2 years')
})

test('study days are counted across a change of the clocks and of the year', () => {
  expect(daysBetween('2026-03-28', '2026-03-30')).toBe(2)
  expect(addDays('2026-12-31', 1)).toBe('2027-01-01')
})

test('a study day is told as seen from today', () => {
  expect(dayFrom('2026-11-23', '2026-11-23')).toBe('today')
  expect(dayFrom('2026-11-23', '2026-11-24')).toBe('tomorrow')
  expect(dayFrom('2026-11-23', '2026-11-30')).toBe('Mon 30 Nov')
})

test('a year has whole weeks from Monday on and ends today', () => {
  const weeks = weeksUpTo('2026-11-25', 53, [
    { day: '2026-11-23', reviews: 8 },
    { day: '2026-11-24', reviews: 1 },
  ])
  expect(weeks).toHaveLength(53)
  expect(weeks[0]).toHaveLength(7)
  expect(weeks.at(-1)?.map(({ day, level }) => [day, level])).toEqual([
    ['2026-11-23', 4],
    ['2026-11-24', 1],
    ['2026-11-25', 0],
  ])
})

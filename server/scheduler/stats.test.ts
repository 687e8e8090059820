import { describe, expect, test } from 'vitest'
import { addDays, startOfStudyDay, studyDay } from './day.ts'
import { streakDays, trueRetention } from './stats.ts'
import type { LogEntry } from './types.ts'

const entry = (change: Partial<LogEntry>): LogEntry => ({
  itemId: 'a',
  day: '2026-11-23',
  stateBefore: 'review',
  rating: 'good',
  ...change,
})

describe('true retention', () => {
  test('Hard, Good and Easy are recalled, Again is not', () => {
    const log = (['hard', 'good', 'easy', 'again'] as const).map((rating) => entry({ itemId: rating, rating }))
    expect(trueRetention(log)).toEqual({ recalled: 3, forgotten: 1, share: 0.75 })
  })

  test('without a review there is no figure', () => {
    expect(trueRetention([])).toEqual({ recalled: 0, forgotten: 0, share: null })
    expect(trueRetention([entry({ stateBefore: 'new' }), entry({ stateBefore: 'learning' })]).share).toBeNull()
  })

  test('manual changes and reschedules do not enter', () => {
    const manual = entry({ rating: null })
    expect(trueRetention([manual, entry({ rating: 'again' }), manual])).toEqual({ recalled: 0, forgotten: 1, share: 0 })
  })

  test('only the first answer of the day counts', () => {
    const sameDay = [entry({ rating: 'again' }), entry({ stateBefore: 'relearning' }), entry({ rating: 'good' })]
    expect(trueRetention(sameDay)).toEqual({ recalled: 0, forgotten: 1, share: 0 })
    expect(trueRetention([...sameDay, entry({ day: '2026-11-24' })]).share).toBe(0.5)
  })
})

describe('the streak', () => {
  test('counts back from today', () => {
    expect(streakDays(['2026-11-21', '2026-11-22', '2026-11-23'], '2026-11-23')).toBe(3)
  })

  test('waits for today to be over', () => {
    expect(streakDays(['2026-11-21', '2026-11-22'], '2026-11-23')).toBe(2)
    expect(streakDays(['2026-11-21'], '2026-11-23')).toBe(0)
    expect(streakDays([], '2026-11-23')).toBe(0)
  })

  test('a gap ends it', () => {
    expect(streakDays(['2026-11-19', '2026-11-21', '2026-11-22', '2026-11-23'], '2026-11-23')).toBe(3)
  })

  test('a flight west, after which it is yesterday again, does not end it', () => {
    expect(streakDays(['2026-11-22', '2026-11-23'], '2026-11-22')).toBe(2)
  })

  test.each([
    ['spring', '2026-03-28'],
    ['autumn', '2026-10-24'],
  ])('reviews at 04:30 local around the %s switch hold it', (_, first) => {
    const zone = 'Europe/Berlin'
    const instants = [0, 1, 2].map((n) => startOfStudyDay(addDays(first, n), zone, 4) + 30 * 60_000)
    const days = instants.map((at) => studyDay(at, zone, 4))
    expect(streakDays(days, addDays(first, 2))).toBe(3)
  })
})

import { expect, test } from 'vitest'
import { preview, settingsFor } from '../scheduler/schedule.ts'
import { type Clock, defaultSettings } from '../scheduler/types.ts'
import { applyReview, freshState } from './item-state.ts'

const clock: Clock = { now: Date.parse('2026-03-02T09:00:00Z'), timeZone: 'UTC', rolloverHour: 4 }
const dayMs = 86_400_000

test.each(['card', 'exercise'] as const)('what the buttons of a %s show is what a review stores', (kind) => {
  const state = freshState(`${kind}:x`, clock)
  for (const { rating, memory } of preview(state.memory, clock, settingsFor(kind, defaultSettings), state.itemId)) {
    const stored = applyReview(kind, defaultSettings)(state, {
      rating,
      answeredAt: clock.now,
      timeZone: 'UTC',
      rolloverHour: 4,
    })
    expect(stored?.memory).toEqual(memory)
  }
})

test('the eighth lapse makes a leech, and it stays one', () => {
  const apply = applyReview('exercise', defaultSettings)
  let state = freshState('exercise:x', clock)
  const leechAfterReview: boolean[] = []
  // Forgotten and recalled in turn, each on a day of its own: lapses come with every second review.
  for (let day = 0; day < 20; day++) {
    const rating = day % 2 === 0 ? 'good' : 'again'
    const review = { rating, answeredAt: clock.now + day * 30 * dayMs, timeZone: 'UTC', rolloverHour: 4 } as const
    state = { ...state, ...apply(state, review) }
    leechAfterReview.push(state.leech)
  }
  expect(leechAfterReview.indexOf(true)).toBe(15)
  expect(leechAfterReview.slice(15)).not.toContain(false)
})

import { expect, test } from 'vitest'
import { addDays } from './day.ts'
import { forecast, isDue } from './due.ts'
import { clockOn, learningItem, newItem, reviewItem, today } from './examples.ts'
import { newMemory } from './schedule.ts'

test('an item due in the evening is due from the rollover of that day', () => {
  const memory = { ...reviewItem('a', 0).memory, dueAt: clockOn(today, 1050).now }
  expect(isDue(memory, clockOn(today, 0))).toBe(true)
  expect(isDue(memory, { ...clockOn(today, 0), now: clockOn(today, 0).now - 1 })).toBe(false)
})

test('a learning step is due on its minute', () => {
  const clock = clockOn(today)
  expect(isDue(learningItem('a', 0, clock.now).memory, clock)).toBe(true)
  expect(isDue(learningItem('a', 1, clock.now).memory, clock)).toBe(false)
})

test('a new item is always due', () => {
  expect(isDue(newMemory(clockOn(addDays(today, 5))), clockOn(today))).toBe(true)
})

test('a review keeps its day when the learner changes zone', () => {
  const tomorrow = reviewItem('a', -1).memory
  const inAuckland = { ...clockOn(today, 900), timeZone: 'Pacific/Auckland' }
  expect(isDue(tomorrow, clockOn(today, 900))).toBe(false)
  expect(isDue(tomorrow, inAuckland)).toBe(true)
})

test('the forecast counts each day, what is overdue today, and leaves out what has no day', () => {
  const items = [
    reviewItem('overdue', 4),
    reviewItem('today', 0),
    learningItem('learning', 5, clockOn(today).now),
    reviewItem('in two days', -2),
    reviewItem('too far', -3),
    reviewItem('suspended', 0, { suspended: true }),
    reviewItem('locked', 0, { unlocked: false }),
    newItem('new'),
  ]
  expect(forecast(items, clockOn(today), 3)).toEqual([
    { day: today, due: 3 },
    { day: addDays(today, 1), due: 0 },
    { day: addDays(today, 2), due: 1 },
  ])
})

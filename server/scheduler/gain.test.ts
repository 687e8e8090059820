import { expect, test } from 'vitest'
import { reviewItem, today } from './examples.ts'
import { newGain, reviewGain } from './gain.ts'
import { settingsFor } from './schedule.ts'
import { defaultSettings } from './types.ts'

const gain = (daysOverdue: number, stability = 10) =>
  reviewGain({ ...reviewItem('a', daysOverdue).memory, stability }, today, defaultSettings)

test('the likelier an item is forgotten, the more its review gains', () => {
  expect(gain(60)).toBeGreaterThan(gain(20))
  expect(gain(20)).toBeGreaterThan(gain(0))
})

test('a stable item gains less than one about to be lost', () => {
  expect(gain(0, 1000)).toBeLessThan(gain(0, 10))
})

test('a gain is a difference of probabilities', () => {
  for (const daysOverdue of [0, 1, 10, 100, 1000])
    for (const stability of [0.1, 1, 10, 100, 1000]) {
      expect(gain(daysOverdue, stability)).toBeGreaterThan(0)
      expect(gain(daysOverdue, stability)).toBeLessThan(1)
    }
})

test('a new item gains less for each showing the more showings it needs', () => {
  expect(newGain(defaultSettings)).toBeLessThan(newGain(settingsFor('exercise', defaultSettings)))
  expect(newGain(defaultSettings)).toBeGreaterThan(0)
})

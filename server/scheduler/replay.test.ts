import { expect, test } from 'vitest'
import { addDays } from './day.ts'
import { clockOn, randomRating, seededRandom } from './examples.ts'
import { answer, newMemory } from './schedule.ts'
import { defaultSettings, type Rating } from './types.ts'

/**
 * FSRS-6 written down once more from its published formulas, without the library, as the yardstick of a replay:
 * https://github.com/open-spaced-repetition/awesome-fsrs/wiki/The-Algorithm
 */
const w = defaultSettings.parameters as [number, ...number[]]
const weight = (n: number) => w[n] as number
const grades: Record<Rating, number> = { again: 1, hard: 2, good: 3, easy: 4 }
const within = (low: number, value: number, high: number) => Math.min(Math.max(value, low), high)
const firstDifficulty = (grade: number) => weight(4) - Math.exp(weight(5) * (grade - 1)) + 1

type Strength = { stability: number; difficulty: number }

function expected(before: Strength | null, days: number, rating: Rating): Strength {
  const grade = grades[rating]
  if (!before) return { stability: weight(grade - 1), difficulty: within(1, firstDifficulty(grade), 10) }
  const { stability: s, difficulty: d } = before
  const damped = d - weight(6) * (grade - 3) * ((10 - d) / 9)
  const difficulty = within(1, weight(7) * firstDifficulty(4) + (1 - weight(7)) * damped, 10)
  return { stability: expectedStability(s, d, days, grade), difficulty }
}

function expectedStability(s: number, d: number, days: number, grade: number): number {
  if (days === 0) {
    const growth = Math.exp(weight(17) * (grade - 3 + weight(18))) * s ** -weight(19)
    return s * (grade >= 2 ? Math.max(1, growth) : growth)
  }
  const factor = 0.9 ** (-1 / weight(20)) - 1
  const recall = (1 + (factor * days) / s) ** -weight(20)
  if (grade === 1) {
    const forgotten = weight(11) * d ** -weight(12) * ((s + 1) ** weight(13) - 1) * Math.exp(weight(14) * (1 - recall))
    return Math.min(forgotten, s / Math.exp(weight(17) * weight(18)))
  }
  const bonus = grade === 2 ? weight(15) : grade === 4 ? weight(16) : 1
  return s * (1 + Math.exp(weight(8)) * (11 - d) * s ** -weight(9) * (Math.exp(weight(10) * (1 - recall)) - 1) * bonus)
}

test('600 reviews of 60 items replay to what the published formulas give', () => {
  const random = seededRandom(20_261_123)
  for (let item = 0; item < 60; item++) {
    let memory = newMemory(clockOn('2025-01-01'))
    let strength: Strength | null = null
    let day = addDays('2025-01-01', Math.floor(random() * 30))
    for (let review = 0; review < 10; review++) {
      const rating = randomRating(random)
      const elapsedDays = review === 0 ? 0 : Math.floor(random() ** 2 * 60)
      day = addDays(day, elapsedDays)
      // Any hour of the study day, later ones after earlier ones.
      const minutes = review * 100 + Math.floor(random() * 90)
      memory = answer(memory, rating, clockOn(day, minutes), defaultSettings, `item-${item}`)
      strength = expected(strength, elapsedDays, rating)
      expect(memory.stability / strength.stability).toBeCloseTo(1, 5)
      expect(memory.difficulty).toBeCloseTo(strength.difficulty, 5)
    }
  }
})

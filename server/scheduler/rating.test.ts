import { expect, test } from 'vitest'
import { type GradingOutcome, ratingOfGrading } from './rating.ts'

const minuteMs = 60_000
const firstTime: GradingOutcome = {
  accepted: true,
  failedAttempts: 0,
  hintsUsed: 0,
  gaveUp: false,
  activeMs: 12 * minuteMs,
  expectedMs: 20 * minuteMs,
}

test.each<[string, Partial<GradingOutcome>, ReturnType<typeof ratingOfGrading>]>([
  ['accepted first time and unaided', {}, 'good'],
  ['accepted first time, slower than expected', { activeMs: 50 * minuteMs }, 'good'],
  ['accepted in exactly half of the expected time', { activeMs: 10 * minuteMs }, 'good'],
  ['accepted in under half of the expected time', { activeMs: 10 * minuteMs - 1 }, 'easy'],
  ['accepted after a failure', { failedAttempts: 1 }, 'hard'],
  ['accepted after a hint', { hintsUsed: 1 }, 'hard'],
  ['accepted fast, but after a failure', { failedAttempts: 3, activeMs: minuteMs }, 'hard'],
  ['not accepted yet', { accepted: false }, null],
  ['not accepted after failures and hints', { accepted: false, failedAttempts: 5, hintsUsed: 2 }, null],
  ['given up', { accepted: false, gaveUp: true }, 'again'],
  ['given up after failures', { accepted: false, gaveUp: true, failedAttempts: 2 }, 'again'],
  ['solution shown, then accepted', { gaveUp: true }, 'again'],
])('%s', (_, change, rating) => {
  expect(ratingOfGrading({ ...firstTime, ...change })).toBe(rating)
})

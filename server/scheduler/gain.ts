import { elapsedDays, intervalDays, recallAfter, strengthAfter } from './schedule.ts'
import type { Memory, Settings } from './types.ts'

/** Gain is measured as recall a month ahead: long enough for a stable item to be worth less than one about to be lost. */
const horizonDays = 30

/**
 * What one review on `today` is expected to add to the probability of recall at the horizon, against leaving the item alone:
 * R · recall after Good + (1 − R) · recall after Again − recall without a review.
 */
export function reviewGain(memory: Memory, today: string, settings: Settings): number {
  const days = elapsedDays(memory, today)
  const recallNow = recallAfter(memory.stability, days, settings)
  const recallIf = (rating: 'good' | 'again') =>
    recallAfter(strengthAfter(memory, days, rating, settings).stability, horizonDays, settings)
  const untouched = recallAfter(memory.stability, days + horizonDays, settings)
  return recallNow * recallIf('good') + (1 - recallNow) * recallIf('again') - untouched
}

/**
 * What one showing of a new item adds to recall at the horizon. Its learning steps and the reviews that hold it until then
 * share the gain; without that, new items would always push out the reviews of what is already known.
 */
export function newGain(settings: Settings): number {
  let showings = Math.max(1, settings.learningStepsMin.length)
  let strength = strengthAfter(null, 0, 'good', settings)
  let shownOn = 0
  for (let interval = intervalDays(strength.stability, settings); shownOn + interval <= horizonDays; ) {
    strength = strengthAfter(strength, interval, 'good', settings)
    shownOn += interval
    showings++
    interval = intervalDays(strength.stability, settings)
  }
  return recallAfter(strength.stability, horizonDays - shownOn, settings) / showings
}

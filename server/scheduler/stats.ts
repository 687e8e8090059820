import { addDays } from './day.ts'
import type { LogEntry } from './types.ts'

/**
 * The share of reviews that were recalled. Only an item's first answer of a study day counts, and only one given in the
 * review state: what follows on the same day tests the last few minutes, and learning steps test no memory yet.
 * `share` is null without a single review. The log is in time order.
 */
export function trueRetention(log: Iterable<LogEntry>): { recalled: number; forgotten: number; share: number | null } {
  const answered = new Set<string>()
  let recalled = 0
  let forgotten = 0
  for (const { itemId, day, stateBefore, rating } of log) {
    if (rating === null) continue
    const onThatDay = `${day} ${itemId}`
    if (answered.has(onThatDay)) continue
    answered.add(onThatDay)
    if (stateBefore !== 'review') continue
    if (rating === 'again') forgotten++
    else recalled++
  }
  const reviews = recalled + forgotten
  return { recalled, forgotten, share: reviews === 0 ? null : recalled / reviews }
}

/**
 * How many study days in a row something was answered. A day that is not over breaks nothing, so it counts from yesterday
 * until today has a review; days stored ahead of `today`, as after a flight west, count too.
 */
export function streakDays(days: Iterable<string>, today: string): number {
  const studied = new Set(days)
  let day = today
  while (studied.has(addDays(day, 1))) day = addDays(day, 1)
  if (!studied.has(day)) day = addDays(day, -1)
  let streak = 0
  for (; studied.has(day); day = addDays(day, -1)) streak++
  return streak
}

import { addDays, daysBetween } from './dates.ts'

export type Level = 0 | 1 | 2 | 3 | 4
export type YearDay = { day: string; reviews: number; level: Level }

/** Quarters of the busiest day's reviews; a single review is seen, too. */
export const levelOf = (reviews: number, most: number): Level => Math.ceil((4 * reviews) / most) as Level

/** Monday is 0. */
const weekday = (day: string) => (new Date(day).getUTCDay() + 6) % 7

/** Columns of up to seven days, Monday first, the last one ending today. */
export function weeksUpTo(today: string, weeks: number, days: { day: string; reviews: number }[]): YearDay[][] {
  const known = new Map(days.map(({ day, reviews }) => [day, reviews]))
  const start = addDays(today, -weekday(today) - 7 * (weeks - 1))
  const most = Math.max(1, ...days.filter(({ day }) => day >= start).map(({ reviews }) => reviews))
  const columns: YearDay[][] = []
  for (let offset = 0; offset <= daysBetween(start, today); offset += 1) {
    const day = addDays(start, offset)
    const reviews = known.get(day) ?? 0
    if (offset % 7 === 0) columns.push([])
    columns.at(-1)?.push({ day, reviews, level: levelOf(reviews, most) })
  }
  return columns
}

import { addDays, daysBetween } from './dates.ts'

export type YearDay = { day: string; reviews: number; minutes: number; level: 0 | 1 | 2 | 3 | 4 }

/** Monday is 0. */
const weekday = (day: string) => (new Date(day).getUTCDay() + 6) % 7

/**
 * Columns of up to seven days, Monday first, the last one ending today. Levels are quarters of the busiest day's reviews.
 */
export function weeksUpTo(today: string, weeks: number, days: { day: string; reviews: number; minutes: number }[]): YearDay[][] {
  const known = new Map(days.map((day) => [day.day, day]))
  const start = addDays(today, -weekday(today) - 7 * (weeks - 1))
  const most = Math.max(1, ...days.filter(({ day }) => day >= start).map(({ reviews }) => reviews))
  const columns: YearDay[][] = []
  for (let offset = 0; offset <= daysBetween(start, today); offset += 1) {
    const day = addDays(start, offset)
    const { reviews, minutes } = known.get(day) ?? { reviews: 0, minutes: 0 }
    if (offset % 7 === 0) columns.push([])
    columns.at(-1)?.push({ day, reviews, minutes, level: Math.ceil((4 * reviews) / most) as YearDay['level'] })
  }
  return columns
}

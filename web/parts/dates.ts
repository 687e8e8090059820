/** Instants and study days in the reader's words. Study days are 'YYYY-MM-DD' and know no time zone: read them as UTC. */

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })

/** 'now', 'in 8 minutes', 'tomorrow', 'in 3 days', '2 hours ago'. */
export function fromNow(instant: string, nowMs: number = Date.now()): string {
  const ms = Date.parse(instant) - nowMs
  const size = Math.abs(ms)
  if (size < minuteMs) return 'now'
  if (size < hourMs) return relative.format(Math.round(ms / minuteMs), 'minute')
  if (size < 22 * hourMs) return relative.format(Math.round(ms / hourMs), 'hour')
  if (size < 45 * dayMs) return relative.format(Math.round(ms / dayMs), 'day')
  return size < 500 * dayMs
    ? relative.format(Math.round(ms / (30.4 * dayMs)), 'month')
    : relative.format(Math.round(ms / (365 * dayMs)), 'year')
}

/** Whole days from one study day to another. */
export const daysBetween = (from: string, to: string): number => Math.round((Date.parse(to) - Date.parse(from)) / dayMs)

/** The study day so many days later (or earlier, below zero). */
export const addDays = (day: string, days: number): string =>
  new Date(Date.parse(day) + days * dayMs).toISOString().slice(0, 10)

/** 'Mon 23 Nov' */
export const dayWords = (day: string): string =>
  new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', month: 'short', timeZone: 'UTC' })
    .format(new Date(day))
    .replace(',', '')

/** 'today', 'tomorrow', 'Mon 30 Nov' as seen from a study day. */
export function dayFrom(today: string, day: string): string {
  const days = daysBetween(today, day)
  return days <= 0 ? 'today' : days === 1 ? 'tomorrow' : dayWords(day)
}

/** '23 Nov, 14:05' in the reader's own zone. */
export const instantWords = (instant: string): string =>
  new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' }).format(
    new Date(instant),
  )

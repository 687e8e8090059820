/**
 * The study day: it begins when the learner's clock first shows the rollover hour, whatever daylight saving does to that hour.
 * Built on Intl's zone data rather than Temporal, because the page computes offline intervals with this folder too and not
 * every browser it runs in has Temporal.
 */

const clocksByZone = new Map<string, Intl.DateTimeFormat>()

/** Formatters are kept: making one costs some hundred times more than using it. Unknown zones throw Intl's RangeError. */
function clockOf(zone: string): Intl.DateTimeFormat {
  let clock = clocksByZone.get(zone)
  if (!clock) {
    clock = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      calendar: 'iso8601',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
    clocksByZone.set(zone, clock)
  }
  return clock
}

/** What the wall clock in the zone shows at an instant, written as if that reading were UTC (milliseconds dropped). */
function wallTime(at: number, zone: string): number {
  const read: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {}
  for (const { type, value } of clockOf(zone).formatToParts(at)) read[type] = Number(value)
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = read
  return Date.UTC(year, month - 1, day, hour, minute, second)
}

function zoneOffset(at: number, zone: string): number {
  const wholeSecond = Math.floor(at / 1000) * 1000
  return wallTime(wholeSecond, zone) - wholeSecond
}

/** A calendar date read as UTC midnight. UTC has no switches, so date arithmetic on it is exact. */
function dateAsUtc(day: string): number {
  return Date.UTC(Number(day.slice(0, 4)), Number(day.slice(5, 7)) - 1, Number(day.slice(8, 10)))
}

const utcDate = (at: number) => new Date(at).toISOString().slice(0, 10)

/** The date `n` calendar days after `day` (before it when negative). Dates are 'YYYY-MM-DD'. */
export function addDays(day: string, n: number): string {
  const date = new Date(dateAsUtc(day))
  date.setUTCDate(date.getUTCDate() + n)
  return utcDate(date.getTime())
}

/** Calendar days from `a` to `b`; negative when `b` is earlier. */
export function daysBetween(a: string, b: string): number {
  const dayInUtcMs = 86_400_000
  return (dateAsUtc(b) - dateAsUtc(a)) / dayInUtcMs
}

/** The study day found last. Nearly every question is about today again, and reading a zone's clock costs some microseconds. */
let latest = { zone: '', rolloverHour: 0, day: '', from: 0, until: 0 }

/** The study day ('YYYY-MM-DD') that an instant (epoch ms) belongs to. It never goes back as time goes on. */
export function studyDay(at: number, zone: string, rolloverHour: number): string {
  if (zone === latest.zone && rolloverHour === latest.rolloverHour && at >= latest.from && at < latest.until) {
    return latest.day
  }
  const day = findStudyDay(at, zone, rolloverHour)
  const from = startOfStudyDay(day, zone, rolloverHour)
  latest = { zone, rolloverHour, day, from, until: startOfStudyDay(addDays(day, 1), zone, rolloverHour) }
  return day
}

function findStudyDay(at: number, zone: string, rolloverHour: number): string {
  const wall = wallTime(at, zone)
  const date = utcDate(wall)
  if (new Date(wall).getUTCHours() >= rolloverHour) return date
  // Before the rollover by the clock, but a clock put back across it must not bring yesterday again.
  return at >= startOfStudyDay(date, zone, rolloverHour) ? date : addDays(date, -1)
}

/** Four previews of a whole queue ask for the same few hundred days over and over. */
const startsByDay = new Map<string, number>()
const startsKept = 10_000

/** The first instant (epoch ms) at which the zone's clock shows the rollover hour of `day` or, where that hour is skipped, later. */
export function startOfStudyDay(day: string, zone: string, rolloverHour: number): number {
  const key = `${day} ${rolloverHour} ${zone}`
  let start = startsByDay.get(key)
  if (start === undefined) {
    start = findStart(day, zone, rolloverHour)
    if (startsByDay.size >= startsKept) startsByDay.clear()
    startsByDay.set(key, start)
  }
  return start
}

function findStart(day: string, zone: string, rolloverHour: number): number {
  const wanted = dateAsUtc(day) + rolloverHour * 3_600_000
  const around = 26 * 3_600_000
  const candidates = [wanted - zoneOffset(wanted - around, zone), wanted - zoneOffset(wanted + around, zone)]
  const earlier = Math.min(...candidates)
  const later = Math.max(...candidates)
  if (wallTime(earlier, zone) === wanted) return earlier
  if (wallTime(later, zone) === wanted) return later
  return firstInstantShowing(wanted, earlier, later, zone)
}

/** The switch inside which the wanted reading is missing, found by halving, to the second. */
function firstInstantShowing(wanted: number, from: number, to: number, zone: string): number {
  let beforeMs = from
  let afterMs = to
  while (afterMs - beforeMs > 1000) {
    const middle = Math.floor((beforeMs + afterMs) / 2000) * 1000
    if (wallTime(middle, zone) >= wanted) afterMs = middle
    else beforeMs = middle
  }
  return afterMs
}

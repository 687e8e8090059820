const minuteMs = 60_000
const hourMin = 60
const dayMin = 24 * hourMin
const monthDays = 30.4375
const yearDays = 365.25

const short = (amount: number) => String(Number(amount.toFixed(1)))

/**
 * An interval as its button shows it: "10 min", "3 h", "3 d", "1.2 mo", "2.1 y". Days are the scheduled study days, not the
 * hours up to the rollover; an interval of minutes has none.
 */
export function intervalLabel(scheduledDays: number, intervalMs: number): string {
  if (scheduledDays === 0) {
    const minutes = Math.max(1, Math.round(intervalMs / minuteMs))
    return minutes < hourMin ? `${minutes} min` : minutes < dayMin ? `${short(minutes / hourMin)} h` : '1 d'
  }
  if (scheduledDays < monthDays) return `${scheduledDays} d`
  return scheduledDays < yearDays ? `${short(scheduledDays / monthDays)} mo` : `${short(scheduledDays / yearDays)} y`
}

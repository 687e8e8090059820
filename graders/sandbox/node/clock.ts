type Instant = {
  add(duration: { milliseconds: number }): Instant
  toZonedDateTimeISO(zone: string): Record<string, () => unknown>
}
type TemporalNow = {
  instant(): Instant
  timeZoneId(): string
  [name: string]: unknown
}

/**
 * Moves the wall clock of this process by so many milliseconds: Date and Temporal.Now. Timers and performance.now keep
 * running as they are, as they would on a machine whose clock is wrong.
 * Date stays the same class behind a proxy, so that `instanceof` holds for dates made before and after.
 */
export function skewClock(skewMs: number): void {
  if (skewMs === 0) return
  const RealDate = Date
  const realNow = RealDate.now
  const now = () => realNow() + skewMs
  RealDate.now = now
  const skewed = new Proxy(RealDate, {
    construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    apply: () => new RealDate(now()).toString(),
  })
  RealDate.prototype.constructor = skewed
  globalThis.Date = skewed
  skewTemporal(skewMs)
}

function skewTemporal(skewMs: number): void {
  const { Temporal } = globalThis as unknown as { Temporal: { Now: TemporalNow } }
  const clock = Temporal.Now
  const realInstant = clock.instant
  const instant = () => realInstant().add({ milliseconds: skewMs })
  const zoned = (zone = clock.timeZoneId()) => instant().toZonedDateTimeISO(zone)
  clock.instant = instant
  clock.zonedDateTimeISO = zoned
  clock.plainDateTimeISO = (zone?: string) => zoned(zone).toPlainDateTime?.()
  clock.plainDateISO = (zone?: string) => zoned(zone).toPlainDate?.()
  clock.plainTimeISO = (zone?: string) => zoned(zone).toPlainTime?.()
}

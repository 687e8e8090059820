/**
 * How long a submission waited for an engine: the time during which at least one request had no answer. Two that wait at once
 * count once. A request that meets a fault of the suite is left out from there on: that wait is the suite's.
 */
export class WaitClock {
  readonly #waiting = new Set<object>()
  #since = 0
  #endedMs = 0
  #isBent = false

  get ms(): number {
    return this.#endedMs + (this.#waiting.size > 0 ? performance.now() - this.#since : 0)
  }

  begin(who: object): void {
    if (this.#isBent || this.#waiting.has(who)) return
    if (this.#waiting.size === 0) this.#since = performance.now()
    this.#waiting.add(who)
  }

  end(who: object): void {
    if (this.#waiting.delete(who) && this.#waiting.size === 0) this.#endedMs += performance.now() - this.#since
  }

  /** While a fault is on. */
  bend(on: boolean): void {
    this.#isBent = on
    if (on) for (const who of this.#waiting) this.end(who)
  }
}

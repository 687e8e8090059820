/** Something unused that is kept for the next submission. */
export type Warm = {
  readonly bytes: number
  /** Ends it. */
  giveBack(): void
}

/** What all warm things of a worker take together; beyond the limit the ones that have waited longest are given back. */
export class WarmMemory {
  /** In the order in which they became unused. */
  private readonly things = new Set<Warm>()
  private readonly limitBytes: number

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes
  }

  get bytes(): number {
    return [...this.things].reduce((sum, { bytes }) => sum + bytes, 0)
  }

  add(thing: Warm): void {
    this.things.add(thing)
    for (const oldest of this.things) {
      if (this.bytes <= this.limitBytes) return
      this.things.delete(oldest)
      oldest.giveBack()
    }
  }

  /** It is used, or ended. */
  remove(thing: Warm): void {
    this.things.delete(thing)
  }
}

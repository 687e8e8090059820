export type PoolOptions<T> = {
  /** How many unused ones to keep ready. */
  keep: number
  /** Unused for so long, they are given back; the next take opens a fresh one. */
  idleMs: number
  open: () => Promise<T>
  close: (resource: T) => Promise<void>
  /** Whether an unused one is still good; a spoilt one is closed and another is taken. */
  isFit: (resource: T) => boolean
  /** Called whenever the number of unused ones has changed. */
  onChange?: () => void
}

/**
 * Keeps a few of something slow to open ready. What opens in the background is opened one at a time, because on two cores
 * a container that starts slows a grading that runs; that is also why taking does not refill by itself.
 */
export class WarmPool<T> {
  private readonly o: PoolOptions<T>
  private readonly unused: T[] = []
  private filling: Promise<void> | null = null
  private idle: NodeJS.Timeout | undefined
  private closed = false

  constructor(options: PoolOptions<T>) {
    this.o = options
  }

  /** How many are ready. */
  get ready(): number {
    return this.unused.length
  }

  /** A ready one, or a fresh one. Rejects when that can't be opened. */
  async take(): Promise<T> {
    for (let candidate = this.unused.pop(); candidate !== undefined; candidate = this.unused.pop()) {
      this.o.onChange?.()
      if (this.o.isFit(candidate)) return candidate
      await this.o.close(candidate)
    }
    return this.o.open()
  }

  /** Keeps it for the next, or closes it when enough are there. */
  async giveBack(resource: T): Promise<void> {
    if (this.closed || this.unused.length >= this.o.keep) return this.o.close(resource)
    this.unused.push(resource)
    this.o.onChange?.()
    this.restartIdle()
  }

  /** Opens what is missing, in the background. A failure ends it: whoever takes next will see it. */
  refill(): void {
    if (this.closed) return
    this.restartIdle()
    this.filling ??= this.fill().finally(() => {
      this.filling = null
    })
  }

  private async fill(): Promise<void> {
    try {
      while (!this.closed && this.unused.length < this.o.keep) {
        const fresh = await this.o.open()
        await this.giveBack(fresh)
      }
    } catch {
      // Not lost: take() opens one itself and then rejects with the same reason.
    }
  }

  private restartIdle(): void {
    clearTimeout(this.idle)
    this.idle = setTimeout(() => void this.drain(), this.o.idleMs).unref()
  }

  /** Closes all that is unused; what is taken stays with whoever took it. */
  async drain(): Promise<void> {
    const drained = this.unused.splice(0)
    if (drained.length > 0) this.o.onChange?.()
    await Promise.allSettled(drained.map((resource) => this.o.close(resource)))
  }

  async close(): Promise<void> {
    this.closed = true
    clearTimeout(this.idle)
    await this.filling
    await this.drain()
  }
}

import type { Refills } from './refills.ts'
import type { Warm, WarmMemory } from './warm-memory.ts'

export type PoolOptions<T> = {
  /** How many unused ones to keep ready. */
  keep: number
  /** Unused for so long, they are given back; the next take opens a fresh one. */
  idleMs: number
  open: () => Promise<T>
  close: (resource: T) => Promise<void>
  /** Whether an unused one is still good; a spoilt one is closed and another is taken. */
  isFit: (resource: T) => boolean
  /** What it takes while it waits. */
  bytesOf: (resource: T) => Promise<number>
  shared: Shared
}

/** What all pools of a worker have in common. */
export type Shared = {
  refills: Refills
  memory: WarmMemory
  /** Called whenever the number of unused ones has changed. */
  onChange: () => void
}

type Unused<T> = Warm & { resource: T }

/** Keeps a few of something slow to open ready. Taking does not refill by itself: that is for when the slot is given back. */
export class WarmPool<T> {
  private readonly o: PoolOptions<T>
  private readonly unused: Unused<T>[] = []
  private readonly closing = new Set<Promise<void>>()
  private filling: Promise<void> | null = null
  /** Given out and not yet come back, and whether the last one came back; of what never does, all that were ever given out. */
  private taken = 0
  private comesBack = false
  /** Still to be opened by the refill under way. */
  private wanted = 0
  /** Being opened by a refill, and the first who came for it. */
  private opening: Promise<T> | null = null
  private isPromised = false
  private idle: NodeJS.Timeout | undefined
  private closed = false

  constructor(options: PoolOptions<T>) {
    this.o = options
  }

  /** How many are ready. */
  get ready(): number {
    return this.unused.length
  }

  /** A ready one, else the one that a refill has begun with, else a fresh one. Rejects when that can't be opened. */
  async take(): Promise<T> {
    this.taken++
    return this.takeOne().catch((error: unknown) => {
      this.taken--
      throw error
    })
  }

  private async takeOne(): Promise<T> {
    for (let candidate = this.unused.pop(); candidate; candidate = this.unused.pop()) {
      this.forget(candidate)
      if (this.o.isFit(candidate.resource)) return candidate.resource
      await this.o.close(candidate.resource)
    }
    if (this.opening !== null && !this.isPromised) {
      this.isPromised = true
      return this.opening
    }
    // Nobody is left for the one that waits for its turn.
    if (this.wanted > 0) this.wanted--
    return this.o.open()
  }

  /** Keeps what was taken for the next, or closes it when enough are there. */
  async giveBack(resource: T): Promise<void> {
    this.taken--
    this.comesBack = true
    await this.keep(resource)
  }

  /** Closes what was taken: it is used up, or under doubt. */
  async discard(resource: T): Promise<void> {
    this.taken--
    this.comesBack = false
    await this.o.close(resource)
  }

  private async keep(resource: T): Promise<void> {
    if (this.closed || this.unused.length >= this.o.keep) return this.o.close(resource)
    const bytes = await this.o.bytesOf(resource)
    if (this.closed || this.unused.length >= this.o.keep) return this.o.close(resource)
    const thing = { resource, bytes, giveBack: () => this.end(thing) }
    this.unused.push(thing)
    this.restartIdle()
    this.o.shared.memory.add(thing)
    this.o.shared.onChange()
  }

  /**
   * Opens what is missing, in the background. A failure ends it: whoever takes next will see it. What is going to come back
   * is not missing: it would find its place taken.
   */
  refill(): void {
    if (this.closed) return
    this.restartIdle()
    // So many as are missing now: what the memory does not allow is not tried again and again.
    const isOnItsWay = this.opening !== null && !this.isPromised
    const areOnTheirWay = (isOnItsWay ? 1 : 0) + (this.comesBack ? this.taken : 0)
    this.wanted = this.o.keep - this.unused.length - areOnTheirWay
    this.filling ??= this.fill().finally(() => {
      this.filling = null
      if (this.wanted > 0) this.refill()
    })
  }

  private async fill(): Promise<void> {
    try {
      while (this.wanted > 0) await this.o.shared.refills.run(() => this.openAhead())
    } catch {
      // Not lost: take() opens one itself and then rejects with the same reason.
      this.wanted = 0
    }
  }

  private async openAhead(): Promise<void> {
    if (this.closed || this.unused.length >= this.o.keep) this.wanted = 0
    if (this.wanted <= 0) return
    this.wanted--
    this.opening = this.o.open()
    let isTaken = false
    let fresh: T
    try {
      fresh = await this.opening
    } finally {
      // Before it is weighed for giveBack: who comes meanwhile must not get it as well.
      isTaken = this.isPromised
      this.opening = null
      this.isPromised = false
    }
    if (!isTaken) await this.keep(fresh)
  }

  private forget(thing: Unused<T>): void {
    this.o.shared.memory.remove(thing)
    this.o.shared.onChange()
  }

  private end(thing: Unused<T>): void {
    const at = this.unused.indexOf(thing)
    if (at >= 0) this.unused.splice(at, 1)
    this.forget(thing)
    const closing: Promise<void> = this.o
      .close(thing.resource)
      .catch(() => {})
      .finally(() => this.closing.delete(closing))
    this.closing.add(closing)
  }

  private restartIdle(): void {
    clearTimeout(this.idle)
    this.idle = setTimeout(() => void this.drain(), this.o.idleMs).unref()
  }

  /** Closes all that is unused; what is taken stays with whoever took it. */
  async drain(): Promise<void> {
    for (const thing of [...this.unused]) this.end(thing)
    await Promise.all(this.closing)
  }

  async close(): Promise<void> {
    this.closed = true
    clearTimeout(this.idle)
    await this.filling
    await this.drain()
  }
}

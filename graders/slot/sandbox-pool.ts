import { FirstSandbox, type SandboxHost, type SandboxNeeds } from './first-sandbox.ts'
import { idleMs } from './limits.ts'
import { type Shared, WarmPool } from './pool.ts'

/** Warm sandboxes by what they need. Only what was used last is kept warm: `keep` bounds them over all needs together. */
export class SandboxPool {
  private readonly pools = new Map<string, WarmPool<FirstSandbox>>()
  private readonly retired = new Set<Promise<void>>()
  private readonly host: () => SandboxHost
  /** What waits now, in the pools' keys. */
  private announced = new Set<string>()
  private readonly keep: number
  private readonly shared: Shared

  constructor(host: () => SandboxHost, keep: number, shared: Shared) {
    this.host = host
    this.keep = keep
    this.shared = shared
  }

  ready(): (SandboxNeeds & { ready: number })[] {
    return [...this.pools].map(([key, pool]) => ({ ...(JSON.parse(key) as SandboxNeeds), ready: pool.ready }))
  }

  take(needs: SandboxNeeds): Promise<FirstSandbox> {
    return this.of(needs).take()
  }

  /** What was just used is likely to be used again, but not while something else waits. */
  refill(needs: SandboxNeeds): void {
    if (this.announced.size > 0 && !this.announced.has(keyOf(needs))) return
    this.of(needs).refill()
  }

  /** What submissions that wait will take: made ready, and nothing else until they no longer wait. */
  announce(needs: SandboxNeeds[]): void {
    this.announced = new Set(needs.map(keyOf))
    for (const one of needs) this.refill(one)
  }

  async close(): Promise<void> {
    await Promise.all([...this.retired, ...[...this.pools.values()].map((pool) => pool.close())])
  }

  /** The map remembers the order of use; beyond `keep` different needs the oldest is closed. */
  private of(needs: SandboxNeeds): WarmPool<FirstSandbox> {
    const key = keyOf(needs)
    const pool = this.pools.get(key) ?? this.make(needs)
    this.pools.delete(key)
    this.pools.set(key, pool)
    const [oldest] = this.pools
    if (oldest && this.pools.size > Math.max(this.keep, 1)) {
      this.pools.delete(oldest[0])
      const closing = oldest[1].close().finally(() => this.retired.delete(closing))
      this.retired.add(closing)
    }
    return pool
  }

  private make(needs: SandboxNeeds): WarmPool<FirstSandbox> {
    return new WarmPool({
      keep: Math.min(this.keep, 1),
      idleMs,
      open: () => FirstSandbox.open(this.host(), needs),
      close: (first) => first.close(),
      isFit: (first) => first.isFit(),
      bytesOf: (first) => first.memoryBytes(),
      shared: this.shared,
    })
  }
}

const keyOf = (needs: SandboxNeeds): string => JSON.stringify(needs)

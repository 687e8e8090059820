import type Docker from 'dockerode'
import type { Engine, EngineAccess } from '../engines/engine.ts'
import { type ImagesByName, startEngine } from '../engines/start.ts'
import { type EngineKind, engineKinds, type Grants } from '../exercise.ts'
import { idleMs } from './limits.ts'
import { labels } from './owner.ts'
import { type Shared, WarmPool } from './pool.ts'

export type LeasedEngine = { engine: Engine; access: EngineAccess }

/** Engines of every kind: clean ones come back, doubtful ones are thrown away. */
export class EnginePool {
  private readonly pools = new Map<EngineKind, WarmPool<Engine>>()
  private readonly docker: Docker
  private readonly images: () => ImagesByName
  private readonly newFolder: () => string
  private readonly keep: number
  private readonly shared: Shared

  constructor(docker: Docker, images: () => ImagesByName, newFolder: () => string, keep: number, shared: Shared) {
    this.docker = docker
    this.images = images
    this.newFolder = newFolder
    this.keep = keep
    this.shared = shared
  }

  ready(): Record<EngineKind, number> {
    const counts = engineKinds.map((kind) => [kind, this.pools.get(kind)?.ready ?? 0])
    return Object.fromEntries(counts) as Record<EngineKind, number>
  }

  /** A warm engine that turns out to be spoilt is replaced; rejects when a fresh one fails too. */
  async lease(kind: EngineKind, grants: Grants): Promise<LeasedEngine> {
    const pool = this.of(kind)
    for (let lastTry = false; ; lastTry = true) {
      const engine = await pool.take()
      try {
        return { engine, access: await engine.lease(grants) }
      } catch (error) {
        await pool.discard(engine)
        if (lastTry) throw error
        await pool.drain()
      }
    }
  }

  /** One under doubt is thrown away. */
  async release({ engine }: LeasedEngine, { doubtful = false } = {}): Promise<void> {
    const state = doubtful ? 'discard' : await engine.release().catch(() => 'discard' as const)
    const pool = this.of(engine.kind)
    await (state === 'clean' ? pool.giveBack(engine) : pool.discard(engine))
  }

  refill(kind: EngineKind): void {
    this.of(kind).refill()
  }

  async close(): Promise<void> {
    await Promise.all([...this.pools.values()].map((pool) => pool.close()))
  }

  private of(kind: EngineKind): WarmPool<Engine> {
    let pool = this.pools.get(kind)
    if (!pool) {
      pool = new WarmPool<Engine>({
        keep: this.keep,
        idleMs,
        open: () => startEngine(kind, { docker: this.docker, images: this.images(), folder: this.newFolder(), labels }),
        close: (engine) => engine.stop(),
        // A dead one is found out by lease(), which has to speak to it anyway.
        isFit: () => true,
        bytesOf: (engine) => engine.residentBytes(),
        shared: this.shared,
      })
      this.pools.set(kind, pool)
    }
    return pool
  }
}

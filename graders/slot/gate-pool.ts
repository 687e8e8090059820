import type Docker from 'dockerode'
import { type ImagesByName, imageOf } from '../engines/start.ts'
import type { EngineKind } from '../exercise.ts'
import { type Gate, openGate } from './gate.ts'
import { idleMs } from './limits.ts'
import { labels } from './owner.ts'
import { type Shared, WarmPool } from './pool.ts'

/**
 * Gates by the engines that they relay. A container costs more than what most gates do in their life, so one that holds
 * nothing of its last submission is used again.
 */
export class GatePool {
  private readonly pools = new Map<string, WarmPool<Gate>>()
  private readonly docker: Docker
  private readonly images: () => ImagesByName
  private readonly newFolder: () => string
  private readonly keep: number
  private readonly shared: Shared

  /** `keep`: unused ones, for each set of engines. */
  constructor(docker: Docker, images: () => ImagesByName, newFolder: () => string, keep: number, shared: Shared) {
    this.docker = docker
    this.images = images
    this.newFolder = newFolder
    this.keep = keep
    this.shared = shared
  }

  async take(kinds: EngineKind[]): Promise<Gate> {
    const pool = this.of(kinds)
    const gate = await pool.take()
    if (await gate.isUp()) return gate
    // Somebody ended it while it waited, and perhaps the others too.
    await Promise.all([pool.discard(gate), pool.drain()])
    return pool.take()
  }

  /** When every sandbox behind it has ended. */
  async giveBack(gate: Gate): Promise<void> {
    if (await gate.isDeserted()) await this.of(gate.kinds).giveBack(gate)
    else await this.discard(gate)
  }

  async discard(gate: Gate): Promise<void> {
    await this.of(gate.kinds).discard(gate)
  }

  async close(): Promise<void> {
    await Promise.all([...this.pools.values()].map((pool) => pool.close()))
  }

  private of(kinds: EngineKind[]): WarmPool<Gate> {
    const key = kinds.join()
    const known = this.pools.get(key)
    if (known) return known
    const pool = new WarmPool<Gate>({
      keep: this.keep,
      idleMs,
      open: () => openGate(this.docker, imageOf(this.images(), 'gate'), this.newFolder(), kinds, labels),
      close: (gate) => gate.close(),
      // Seen by take(), which has time to ask.
      isFit: () => true,
      bytesOf: (gate) => gate.memoryBytes(),
      shared: this.shared,
    })
    this.pools.set(key, pool)
    return pool
  }
}

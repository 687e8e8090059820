import { existsSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import type { EngineKind, Exercise, Language } from '../exercise.ts'
import type { JudgeHost, JudgeOrder } from '../judge/order.ts'
import type { SandboxEvidence } from '../verdict.ts'
import type { EnginePool, LeasedEngine } from './engine-pool.ts'
import type { ExpectedSandboxes } from './expected-sandboxes.ts'
import { type FirstSandbox, needsOf } from './first-sandbox.ts'
import type { SandboxPool } from './sandbox-pool.ts'
import { SlotSandboxes, TooManySandboxes } from './slot-sandboxes.ts'
import type { ContainerWatch } from './watch.ts'

export type SlotSources = {
  engines: EnginePool
  sandboxes: SandboxPool
  watch: ContainerWatch
  expected: ExpectedSandboxes
  newFolder: () => string
}

/** Gate, engines and sandboxes of one submission. */
export class Slot {
  readonly sandboxes: SlotSandboxes
  /** For the operator: what went wrong that no submission can cause. */
  incident: string | null = null
  /** Pauses of this slot's containers: ours, and those that Docker had told of when the slot was opened. */
  private ownPauses = 0
  private readonly pausesBefore: number
  private readonly underWay = new Set<Promise<unknown>>()
  private isClosing = false
  private readonly sources: SlotSources
  private readonly folder: string
  private readonly first: FirstSandbox
  private readonly leased: LeasedEngine[]

  private constructor(
    sources: SlotSources,
    folder: string,
    first: FirstSandbox,
    leased: LeasedEngine[],
    sandboxes: SlotSandboxes,
  ) {
    this.sources = sources
    this.folder = folder
    this.first = first
    this.leased = leased
    this.sandboxes = sandboxes
    this.pausesBefore = this.pausesTold()
  }

  /** Everything at once; when one part fails, what was opened is closed and the first reason thrown. */
  static async open(sources: SlotSources, exercise: Exercise, language: Language, tests: string[]): Promise<Slot> {
    const folder = sources.newFolder()
    const [made, first, ...engines] = await Promise.allSettled([
      mkdir(folder, { recursive: true }),
      sources.sandboxes.take(needsOf(exercise, language)),
      ...exercise.engines.map((kind) => sources.engines.lease(kind, exercise.grants)),
    ])
    const leased = engines.filter((engine) => engine.status === 'fulfilled').map((engine) => engine.value)
    const failed = [made, first, ...engines].find((part) => part.status === 'rejected')
    if (first.status === 'fulfilled' && !failed) {
      const expected = sources.expected.of(exercise.id, tests)
      const sandboxes = new SlotSandboxes(first.value, folder, expected)
      return new Slot(sources, folder, first.value, leased, sandboxes)
    }

    await Promise.allSettled([
      ...leased.map((engine) => sources.engines.release(engine)),
      ...(first.status === 'fulfilled' ? [first.value.close()] : []),
      rm(folder, { recursive: true, force: true }),
    ])
    throw failed?.reason
  }

  /** What the judge is told of the engines. */
  get engines(): JudgeOrder['engines'] {
    return this.leased.map(({ access }) => ({ access, gateSocket: this.first.gate.socketOf(access.kind) }))
  }

  /** The engines' images, for whoever asks what graded them. */
  get products(): { kind: EngineKind; product: string; reference: string }[] {
    return this.leased.map(({ engine: { kind, image } }) => ({
      kind,
      product: image.product,
      reference: image.reference,
    }))
  }

  /** The judge's wishes. What fails of them although only we can be at fault becomes the slot's incident. */
  get host(): JudgeHost {
    const { sandboxes } = this
    const ours = <T>(call: Promise<T>): Promise<T> => {
      const noted = call.catch((error: unknown) => {
        if (!(error instanceof TooManySandboxes)) this.incident ??= String(error)
      })
      this.underWay.add(noted)
      void noted.then(() => this.underWay.delete(noted))
      return call
    }
    return {
      openSandbox: () => ours(sandboxes.open()),
      killSandbox: (id) => sandboxes.kill(id),
      pauseSandbox: (id) => this.pausing(sandboxes.get(id).pause()),
      unpauseSandbox: (id) => sandboxes.get(id).unpause(),
      sandboxMemoryBytes: (id) => sandboxes.get(id).memoryBytes(),
      pauseEngine: (kind) => ours(this.pausing(this.engine(kind).pause())),
      unpauseEngine: (kind) => ours(this.engine(kind).unpause()),
      restartEngine: (kind) => ours(this.engine(kind).restart()),
    }
  }

  /** Waits for what a killed judge still wished for, and thaws, because it could not. */
  async enginesHealthy(): Promise<boolean> {
    await Promise.all(this.underWay)
    const states = await Promise.all(
      this.leased.map(async ({ engine }) => {
        await engine.unpause()
        return engine.isHealthy()
      }),
    )
    return states.every(Boolean)
  }

  /** Every engine has run through without harm, as the kernel knows at once: enough where nothing else is odd. False is no evidence. */
  async enginesUnharmed(): Promise<boolean> {
    if (this.underWay.size > 0) return false
    const states = await Promise.all(this.leased.map(({ engine }) => engine.isUnharmed()))
    return states.every(Boolean)
  }

  async engineOutOfMemory(): Promise<boolean> {
    const states = await Promise.all(this.leased.map(({ engine }) => engine.ranOutOfMemory()))
    return states.some(Boolean)
  }

  /**
   * What a stranger did to gate, engines and sandboxes, asked once the engines' health is known and `ended` is the sandboxes'
   * evidence; null when nothing can be told. A submission reaches none of it.
   */
  async meddling(ended: SandboxEvidence[]): Promise<string | null> {
    if (!existsSync(this.folder)) return 'the folder of its sockets was deleted'
    // Once in a run under load more pauses were told than asked for; why is not known (perhaps Docker tells of one again that it
    // hears of after the thaw). So beside a pause of ours, a single one of a stranger's goes unnoticed here.
    if (this.pausesTold() - this.pausesBefore > 2 * this.ownPauses) return 'something was paused from outside'
    const killed = this.sandboxes.ids.filter((_, at) => ended[at]?.killedByStranger)
    if (killed.some((id) => this.sources.watch.of(id).kill > 0)) return 'a sandbox was killed'
    if (!(await this.first.gate.isUp())) return 'the gate ended'
    for (const { engine } of this.leased) {
      const done = await engine.meddling()
      if (done !== null) return `${engine.kind}: ${done}`
    }
    return null
  }

  /** Counted before, because Docker may tell of it before it answers. */
  private pausing(call: Promise<void>): Promise<void> {
    this.ownPauses++
    return call
  }

  private pausesTold(): number {
    const engines = this.leased.map(({ engine }) => engine.containerId)
    const ids = [...engines, ...this.sandboxes.ids, this.first.gate.containerId]
    return ids.reduce((sum, id) => sum + this.sources.watch.of(id).pause, 0)
  }

  /**
   * Gives everything back in reverse and lets the pools make good what was used up; engines under doubt are thrown away.
   * Never rejects.
   */
  async close({ doubtful = false } = {}): Promise<void> {
    this.isClosing = true
    await this.sandboxes.end()
    await this.sandboxes.endUnused()
    await Promise.allSettled([
      this.first.close({ doubtful }),
      ...this.leased.map((leased) => this.sources.engines.release(leased, { doubtful })),
    ])
    await rm(this.folder, { recursive: true, force: true }).catch(() => {})
    this.sources.sandboxes.refill(this.first.needs)
    for (const { engine } of this.leased) this.sources.engines.refill(engine.kind)
  }

  /** What a suite that is over still wishes for must not meet the engine's next lease. */
  private engine(kind: EngineKind) {
    if (this.isClosing) throw new Error('this slot is given back')
    const found = this.leased.find(({ access }) => access.kind === kind)
    if (!found) throw new Error(`this slot has no ${kind}`)
    return found.engine
  }
}

import type Docker from 'dockerode'
import { type ImagesByName, imageOf } from '../engines/start.ts'
import type { EngineKind, Exercise, Language, Limits } from '../exercise.ts'
import type { ImageName } from '../images/images.ts'
import { openSandbox, type Sandbox } from '../sandbox/sandbox.ts'
import { driversFor } from './drivers.ts'
import type { Gate } from './gate.ts'
import type { GatePool } from './gate-pool.ts'
import { labels } from './owner.ts'

/** All that a waiting sandbox depends on: two exercises with the same needs share warm ones. */
export type SandboxNeeds = {
  language: Language
  engines: EngineKind[]
  limits: Pick<Limits, 'memoryMb' | 'pids' | 'outputBytes'>
}

export const needsOf = ({ engines, limits }: Exercise, language: Language): SandboxNeeds => ({
  language,
  engines: [...engines].sort(),
  limits: { memoryMb: limits.memoryMb, pids: limits.pids, outputBytes: limits.outputBytes },
})

export const runnerOf: Record<Language, ImageName> = { typescript: 'runner-node', python: 'runner-python' }

export type SandboxHost = { docker: Docker; images: ImagesByName; runtime: string | undefined; gates: GatePool }

/**
 * A sandbox behind a gate, its runner and drivers loaded, before any submission. Without engines the gate is only the network
 * that its processes share: to join one costs the container engine much less than to make one.
 */
export class FirstSandbox {
  readonly needs: SandboxNeeds
  readonly gate: Gate
  readonly sandbox: Sandbox
  /** Opens another behind the same gate. */
  readonly openAnother: () => Promise<Sandbox>
  private readonly gates: GatePool
  private over = false

  private constructor(
    gates: GatePool,
    needs: SandboxNeeds,
    gate: Gate,
    sandbox: Sandbox,
    openAnother: () => Promise<Sandbox>,
  ) {
    this.gates = gates
    this.needs = needs
    this.gate = gate
    this.sandbox = sandbox
    this.openAnother = openAnother
    void sandbox.ended.then(() => {
      this.over = true
    })
  }

  static async open(host: SandboxHost, needs: SandboxNeeds): Promise<FirstSandbox> {
    const { docker, images, runtime, gates } = host
    const gate = await gates.take(needs.engines)
    const openAnother = async () => {
      const sandbox = await openSandbox(docker, {
        image: imageOf(images, runnerOf[needs.language]).reference,
        gateContainerId: gate.containerId,
        limits: needs.limits,
        drivers: driversFor(needs.engines, needs.language),
        labels,
        ...(runtime === undefined ? {} : { runtime }),
      })
      try {
        await sandbox.ready
      } catch (error) {
        await sandbox.kill()
        throw error
      }
      return sandbox
    }
    try {
      return new FirstSandbox(gates, needs, gate, await openAnother(), openAnother)
    } catch (error) {
      await gates.discard(gate)
      throw error
    }
  }

  /** The gate beside it is a megabyte or two. */
  memoryBytes(): Promise<number> {
    return this.sandbox.memoryBytes()
  }

  isFit(): boolean {
    return !this.over
  }

  /** Its gate waits for the next, unless it is under doubt. Every other sandbox behind it has ended. */
  async close({ doubtful = false } = {}): Promise<void> {
    await this.sandbox.kill()
    await (doubtful ? this.gates.discard(this.gate) : this.gates.giveBack(this.gate))
  }
}

import { join } from 'node:path'
import type { Sandbox } from '../sandbox/sandbox.ts'
import type { SandboxEvidence } from '../verdict.ts'
import type { Expectation } from './expected-sandboxes.ts'
import type { FirstSandbox } from './first-sandbox.ts'
import { sandboxesAlive, sandboxesPerRun } from './limits.ts'
import { relayRpc } from './rpc-relay.ts'

/** The suite's fault or a late wish of its, not Docker's. */
export class TooManySandboxes extends Error {
  override readonly name = 'TooManySandboxes'
  readonly code = 'too-many-sandboxes'
}

/** The processes of one submission: the first, and those that its suite starts beside it or after it. */
export class SlotSandboxes {
  private readonly first: FirstSandbox
  private readonly folder: string
  private readonly opened = new Map<string, Sandbox>()
  private readonly relays: { close(): void }[] = []
  /** By the suite's wish, or because it ended a test too late. */
  private readonly killed = new Set<string>()
  private alive = 0
  /** Beside the first one. */
  private readonly expected: Expectation
  /** One waits as long as another is expected. */
  private spare: Promise<Sandbox> | null = null
  private readonly started: Promise<Sandbox>[] = []
  private ending: Promise<SandboxEvidence[]> | null = null

  constructor(first: FirstSandbox, folder: string, expected: Expectation) {
    this.first = first
    this.folder = folder
    this.expected = expected
    if (expected.seen && expected.most > 0) this.spare = this.start()
  }

  /** Rejects when too many live already, or the submission's run used up what a run may have. */
  async open(): Promise<{ id: string; socket: string }> {
    if (this.ending) throw new TooManySandboxes('this slot is closing')
    if (this.alive >= sandboxesAlive) throw new TooManySandboxes(`more than ${sandboxesAlive} processes at once`)
    if (this.opened.size >= sandboxesPerRun)
      throw new TooManySandboxes(`more than ${sandboxesPerRun} processes in one run`)
    this.alive++
    try {
      const sandbox = this.opened.size === 0 ? this.first.sandbox : await this.another()
      if (this.ending) {
        await sandbox.kill()
        throw new TooManySandboxes('this slot is closing')
      }
      const socket = join(this.folder, `${this.opened.size}`)
      this.opened.set(sandbox.id, sandbox)
      this.relays.push(await relayRpc(sandbox.rpc, socket, () => void sandbox.kill()))
      void sandbox.ended.then(() => {
        this.alive--
      })
      return { id: sandbox.id, socket }
    } catch (error) {
      this.alive--
      throw error
    }
  }

  async kill(id: string): Promise<void> {
    this.killed.add(id)
    await this.get(id).kill()
  }

  get(id: string): Sandbox {
    const sandbox = this.opened.get(id)
    if (!sandbox) throw new Error(`this slot has no sandbox ${id}`)
    return sandbox
  }

  /** Of the containers that the suite was given. */
  get ids(): string[] {
    return [...this.opened.keys()]
  }

  /** Everything printed, process after process, up to this many bytes. */
  output(limitBytes: number): { text: string; truncated: boolean } {
    const outputs = [...this.opened.values()].map((sandbox) => sandbox.output())
    const bytes = Buffer.from(outputs.map(({ text }) => text).join(''))
    return {
      text: bytes.subarray(0, limitBytes).toString('utf8'),
      truncated: bytes.length > limitBytes || outputs.some(({ truncated }) => truncated),
    }
  }

  /**
   * What is known of each, after the last test: of those that said farewell while they still run, of all others when they
   * have ended. In doubt about one all are ended. A spare that nobody used is no evidence.
   */
  async evidence(farewells: Record<string, string>): Promise<SandboxEvidence[]> {
    const sandboxes = [...this.opened.values()]
    const seen = await Promise.all(
      sandboxes.map((sandbox) => {
        const word = farewells[sandbox.id]
        if (word !== undefined) return sandbox.farewell(word)
        return this.killed.has(sandbox.id) ? sandbox.ended : null
      }),
    )
    return seen.every((one) => one !== null) ? seen : this.end()
  }

  /** Kills them all; resolves with what the container engine says of each. */
  end(): Promise<SandboxEvidence[]> {
    this.ending ??= this.endAll()
    return this.ending
  }

  /** Also those that nobody was given, and those that were still starting. */
  async endUnused(): Promise<void> {
    await Promise.allSettled(this.started.map(async (starting) => (await starting).kill()))
  }

  private async endAll(): Promise<SandboxEvidence[]> {
    for (const relay of this.relays) relay.close()
    const sandboxes = [...this.opened.values()]
    await Promise.allSettled(sandboxes.map((sandbox) => sandbox.kill()))
    return Promise.all(sandboxes.map((sandbox) => sandbox.ended))
  }

  private async another(): Promise<Sandbox> {
    const waiting = this.spare ?? this.start()
    this.spare = null
    const sandbox = await waiting
    if (!this.ending && this.started.length < this.expected.most) this.spare ??= this.start()
    return sandbox
  }

  private start(): Promise<Sandbox> {
    const starting = this.first.openAnother()
    this.started.push(starting)
    // Seen by whoever asks for it.
    starting.catch(() => {})
    return starting
  }
}

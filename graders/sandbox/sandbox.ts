import type { Duplex } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import type Docker from 'dockerode'
import type { SandboxEvidence } from '../verdict.ts'
import { AttachedStream } from './attached-stream.ts'
import { oomKills, residentBytes } from './cgroup.ts'
import { containerOptions, type SandboxOptions } from './container.ts'
import { FirstProcess } from './first-process.ts'
import { encodeFrame } from './frames.ts'
import { CapturedOutput } from './output.ts'

export type { SandboxOptions } from './container.ts'

/** One process of a submission: a container of its own, used once. */
export interface Sandbox {
  readonly id: string
  /** The wire of its runner (PROTOCOL.md), whole: the ready frame is still in it. Destroying it kills the container. */
  readonly rpc: Duplex
  /** The runner and its drivers are loaded. Rejects when the container ended before. */
  readonly ready: Promise<void>
  /** What the submission printed to stdout and stderr so far. */
  output(): { text: string; truncated: boolean }
  /**
   * What can be said of it while it still runs, after the runner's last word: null where anything is in doubt, and then
   * only its end tells. Takes a millisecond where `kill` takes a hundred.
   */
  farewell(word: string): Promise<SandboxEvidence | null>
  /** SIGKILL; resolves when the container is gone, also when it ended before. */
  kill(): Promise<void>
  pause(): Promise<void>
  unpause(): Promise<void>
  /** Resident memory, read from outside. */
  memoryBytes(): Promise<number>
  /** What Docker and the kernel say, after the container is removed. Never rejects. */
  readonly ended: Promise<SandboxEvidence>
}

const killedBySignal = 137
/** How the first process tells that the runner was killed (start.sh). */
const runnerKilled = 9
/** For this long at most the rest of an output is waited for, a flood's for instance. */
const drainMs = 250
/** An output that has not grown for so long has been handed over. */
const restMs = 10
/** The runner's last word travels through Docker, its answer past it: one may be a little later than the other. */
const byeMs = 500
/** Whoever ends right after its last answer is still seen to end. */
const lingerMs = 10
const readyFrame = encodeFrame({ t: 'ready' })

/**
 * Creates and starts a sandbox; `ready` follows later, so that several can start at once.
 * Rejects with Docker's error when it can't be started; nothing is left behind then.
 */
export async function openSandbox(docker: Docker, options: SandboxOptions): Promise<Sandbox> {
  const container = await docker.createContainer(containerOptions(options))
  try {
    // Attached before the start, because what is printed before that is lost.
    const attached = await container.attach({ stream: true, hijack: true, stdin: true, stdout: true, stderr: true })
    await container.start()
    return new RunningSandbox(container, attached as unknown as Duplex, options.limits.outputBytes)
  } catch (error) {
    await container.remove({ force: true, v: true }).catch(() => {})
    throw error
  }
}

class RunningSandbox implements Sandbox {
  readonly id: string
  readonly ready: Promise<void>
  readonly ended: Promise<SandboxEvidence>
  readonly #wire: AttachedStream
  readonly #container: Docker.Container
  readonly #captured: CapturedOutput
  readonly #firstProcess: Promise<FirstProcess | null>
  #isJudged = false
  #killedByUs = false
  /** Docker may tell of the end before it answers the request that was its cause. */
  #killing = false
  #sawOomKill = false
  #isOver = false

  constructor(container: Docker.Container, attached: Duplex, outputBytes: number) {
    this.id = container.id
    this.#container = container
    this.#captured = new CapturedOutput(outputBytes, () => this.rpc.destroy())
    this.#wire = new AttachedStream(attached, (chunk) => this.#captured.add(chunk))
    this.ended = this.#end()
    this.ready = readyOf(this.rpc, this.ended)
    this.ready.catch(() => {})
    this.#firstProcess = this.#find()
    // Nobody listens any more: an overflow of the output, a violation, or a judge that went away.
    this.rpc.on('close', () => void this.kill())
    this.rpc.on('error', () => {})
  }

  get rpc(): Duplex {
    return this.#wire
  }

  output(): { text: string; truncated: boolean } {
    return this.#captured.read()
  }

  async farewell(word: string): Promise<SandboxEvidence | null> {
    const [hasCome] = await Promise.all([this.#captured.takeBye(word, byeMs), wait(lingerMs)])
    if (!hasCome || this.rpc.destroyed) return null
    const isUnharmed = (await (await this.#firstProcess)?.isUnharmed()) ?? false
    if (!isUnharmed || this.#captured.overflowed) return null
    this.#isJudged = true
    return { exitedByItself: false, killedByStranger: false, exitCode: null, oomKilled: false, outputLimit: false }
  }

  async kill(): Promise<void> {
    if (this.#isOver) return
    if (this.#isJudged) return this.#discard()
    await this.#noteOomKills()
    this.#wire.discard()
    await this.#outputRests()
    this.#killing = true
    try {
      await this.#container.kill()
      this.#killedByUs = true
    } catch {
      // It has ended by itself; `ended` tells how.
    }
    await this.ended
  }

  /** Everything that its end could tell is known: one call to Docker instead of five. */
  async #discard(): Promise<void> {
    this.#killedByUs = true
    this.#wire.discard()
    await this.#container.remove({ force: true, v: true }).catch(() => {})
    await this.ended
  }

  async pause(): Promise<void> {
    await this.#container.pause()
  }

  async unpause(): Promise<void> {
    await this.#container.unpause()
  }

  async memoryBytes(): Promise<number> {
    return residentBytes(this.#container, (await this.#state())?.Pid ?? 0)
  }

  /** Docker drops what it has not handed over yet when a container is killed, and that would be the last lines printed. */
  async #outputRests(): Promise<void> {
    const patience = performance.now() + drainMs
    for (let before = -1; before !== this.#captured.bytes && performance.now() < patience; ) {
      before = this.#captured.bytes
      await wait(restMs)
    }
  }

  /** Docker learns of an OOM kill from an event that may come late; the kernel's count is there while the container lives. */
  async #noteOomKills(): Promise<void> {
    const state = await this.#state()
    if (state?.Running && ((await oomKills(state.Pid, this.id)) ?? 0) > 0) this.#sawOomKill = true
  }

  async #end(): Promise<SandboxEvidence> {
    const exitCode = await this.#container.wait().then(
      ({ StatusCode }: { StatusCode: number }) => StatusCode,
      () => null,
    )
    const state = await this.#lastState(exitCode)
    await this.#container.remove({ force: true, v: true }).catch(() => {})
    this.#isOver = true
    // Whoever is reading gets the rest; a wire that nobody reads would keep its connection for ever.
    if (this.rpc.readableFlowing !== true) this.rpc.destroy()
    if (this.rpc.destroyed) this.#wire.hangUp()
    const oomKilled = this.#sawOomKill || state?.OOMKilled === true
    // Nothing inside can kill the container's first process: SIGKILL comes from us, from the kernel or from a stranger.
    const byItself = exitCode !== null && exitCode !== killedBySignal
    return {
      exitedByItself: byItself || (oomKilled && !this.#killedByUs),
      killedByStranger: !byItself && !oomKilled && !this.#killedByUs,
      exitCode,
      oomKilled,
      outputLimit: this.#captured.overflowed,
    }
  }

  /** While it waits to be used: nobody should have to wait for Docker's answer later. */
  async #find(): Promise<FirstProcess | null> {
    await this.ready.catch(() => {})
    const state = await this.#state()
    return state?.Running ? FirstProcess.find(state.Pid, this.id) : null
  }

  /** Where nobody seems to have killed it, the word that memory was the reason may still be on its way. */
  async #lastState(exitCode: number | null) {
    const wasKilled = exitCode === killedBySignal || exitCode === runnerKilled
    const isUnexplained = () => wasKilled && !this.#killing && !this.#sawOomKill
    const patience = performance.now() + drainMs
    for (;;) {
      const state = await this.#state()
      if (!isUnexplained() || state === null || state.OOMKilled || performance.now() >= patience) return state
      await wait(restMs)
    }
  }

  async #state(): Promise<{ Running: boolean; Pid: number; OOMKilled: boolean } | null> {
    const found = await this.#container.inspect().catch(() => null)
    return found === null ? null : found.State
  }
}

/** Looks at the first bytes and puts them back: only the runner itself can have written them, nothing else is loaded yet. */
async function readyOf(rpc: Duplex, ended: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const look = () => {
    const bytes: Buffer | null = rpc.read(readyFrame.length)
    if (bytes === null) return
    rpc.off('readable', look)
    rpc.unshift(bytes)
    if (bytes.equals(readyFrame)) resolve()
  }
  rpc.on('readable', look)
  await Promise.race([
    promise,
    ended.then(() => {
      throw new Error('the sandbox ended before its runner was ready')
    }),
  ])
}

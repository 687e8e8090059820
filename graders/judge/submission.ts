import { connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { ResultSchema } from '../exercise.ts'
import { SandboxExit } from '../sandbox/errors.ts'
import { type LoadOutcome, RpcSession } from '../sandbox/rpc.ts'
import type { SubmissionProcess } from './back-end.ts'
import { LoadFailed } from './failure.ts'
import type { JudgeHost, JudgeOrder } from './order.ts'

// A submission that keeps failing by dying or hanging has shown what it does.
const maxReplacements = 3
/** Between what Docker says of a container that ended and the end of its wire. */
const goneMs = 500
/** Whoever is busier than this after the last test is ended and looked at. */
const byeMs = 250

type Order = Pick<JudgeOrder, 'exercise' | 'language' | 'code'>

/**
 * The submission's processes: opened by the host, spoken to over the socket it names. The first one is loaded at once;
 * `main` waits for it.
 */
export class HostedSubmission {
  readonly loaded: Promise<LoadOutcome & { ms: number }>
  /** The first violation of any process. */
  get protocolViolation(): string | null {
    return [...this.#sessions.values()].find((session) => session.violation !== null)?.violation ?? null
  }
  /** The main process is dead and will not be replaced again. */
  get exhausted(): boolean {
    return this.#replacements >= maxReplacements && (this.#current?.ended ?? false)
  }

  readonly #host: JudgeHost
  readonly #order: Order
  readonly #sessions = new Map<string, RpcSession>()
  readonly #first: Promise<{ process: SubmissionProcess; load: LoadOutcome; ms: number }>
  #current: SubmissionProcess | null = null
  #replacements = 0

  constructor(host: JudgeHost, order: Order) {
    this.#host = host
    this.#order = order
    this.#first = this.#open(0)
    this.loaded = this.#first.then(({ load, ms }) => ({ ...load, ms }))
    // Whoever waits sees a rejection (of the worker, never of the submission).
    this.loaded.catch(() => {})
  }

  async main(): Promise<SubmissionProcess> {
    this.#current ??= (await this.#first).process
    return this.#current
  }

  /** In place of a dead one, or beside it. Rejects with LoadFailed. */
  async start({ clockSkewMs }: { clockSkewMs: number }): Promise<SubmissionProcess> {
    const { process, load } = await this.#open(clockSkewMs)
    if (load.outcome === 'loaded') return process
    await process.kill()
    throw new LoadFailed(`Another process of your submission could not be loaded: ${load.message ?? load.outcome}`)
  }

  /** After a test that passed it is not counted: what a suite left open, or killed itself, may not end the run. */
  async replace({ failed }: { failed: boolean }): Promise<SubmissionProcess> {
    if (failed) this.#replacements++
    this.#current = await this.start({ clockSkewMs: 0 })
    return this.#current
  }

  /** After the last test: the last word of each process that still answers, by its sandbox. */
  async farewells(): Promise<Record<string, string>> {
    const words = await Promise.all(
      [...this.#sessions].map(async ([id, session]) => [id, await session.bye(byeMs)] as const),
    )
    return Object.fromEntries(words.filter((one): one is [string, string] => one[1] !== null))
  }

  /** Lets go of every process; ending them is the host's. */
  close(): void {
    for (const session of this.#sessions.values()) session.close()
  }

  async #open(clockSkewMs: number): Promise<{ process: SubmissionProcess; load: LoadOutcome; ms: number }> {
    const { exercise, language, code } = this.#order
    const { id, socket } = await this.#host.openSandbox({ clockSkewMs })
    const session = new RpcSession(connect(socket))
    this.#sessions.set(id, session)
    const process = new HostedProcess(id, session, this.#host)
    const started = performance.now()
    const load = await session
      .load({
        code,
        language,
        functions: exercise.functions.map((one) => one.name),
        clockSkewMs,
        deadlineMs: exercise.limits.loadMs,
      })
      .catch((error: Error): LoadOutcome => ({ outcome: 'runtime-error', message: error.message }))
    return { process, load, ms: performance.now() - started }
  }
}

class HostedProcess implements SubmissionProcess {
  ended = false
  openCalls = 0
  readonly #id: string
  readonly #session: RpcSession
  readonly #host: JudgeHost

  constructor(id: string, session: RpcSession, host: JudgeHost) {
    this.#id = id
    this.#session = session
    this.#host = host
    void session.closed.then(() => {
      this.ended = true
    })
  }

  get callbackFailures() {
    return this.#session.callbackFailures
  }

  async call(fn: string, args: unknown[], schema: ResultSchema): Promise<unknown> {
    this.openCalls++
    try {
      return await this.#session.call(fn, args, schema)
    } finally {
      this.openCalls--
    }
  }

  forgottenHandles() {
    return this.#session.forgottenHandles()
  }

  async kill(): Promise<void> {
    if (this.ended) return
    this.ended = true
    await this.#host.killSandbox(this.#id)
    this.#session.close()
  }

  pause = () => this.#wish(this.#host.pauseSandbox(this.#id))
  unpause = () => this.#wish(this.#host.unpauseSandbox(this.#id))
  rssBytes = () => this.#wish(this.#host.sandboxMemoryBytes(this.#id))

  /** What fails because the process is gone is the submission's doing, not the grader's. */
  async #wish<T>(granted: Promise<T>): Promise<T> {
    try {
      return await granted
    } catch (error) {
      await Promise.race([this.#session.closed, wait(goneMs, undefined, { ref: false })])
      throw this.ended ? new SandboxExit() : error
    }
  }
}

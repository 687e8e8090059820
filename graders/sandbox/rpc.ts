import { randomBytes } from 'node:crypto'
import type { Duplex } from 'node:stream'
import type { Language, ResultSchema } from '../exercise.ts'
import { Callbacks } from './callbacks.ts'
import { ProtocolViolation, RemoteError, SandboxExit } from './errors.ts'
import { encodeFrame, FrameReader, parseFrame } from './frames.ts'
import { normalise } from './normalise.ts'
import { type RunnerFrame, readRunnerFrame } from './runner-frames.ts'
import { decodeCallbackArguments, decodeValue, encodeValue, type HandleRef } from './values.ts'

/** `message` is for the learner: what was wrong and where, in the learner's own lines. */
export type LoadOutcome = {
  outcome: 'loaded' | 'compile-error' | 'runtime-error' | 'deadline'
  message: string | null
}

export type LoadRequest = {
  code: string
  language: Language
  /** camelCase names that must be exported. */
  functions: string[]
  clockSkewMs: number
  deadlineMs: number
}

/** An exported function by its camelCase name, or a method of a handle. */
export type CallTarget = string | { handle: number; method: string }

type PendingCall = { resolve(value: unknown): void; reject(error: Error): void; schema: ResultSchema }

/**
 * The trusted end of the wire (PROTOCOL.md). Believes nothing: every frame is capped, checked and answered for; the first
 * one that an honest runner would not send is `violation` and ends the session.
 *
 *     const session = new RpcSession(sandbox.rpc)
 *     await session.ready
 *     await session.load({ code, language: 'typescript', functions: ['transfer'], clockSkewMs: 0, deadlineMs: 5_000 })
 *     await session.call('transfer', [cfg, order], { record: { moved: 'bigint' } })
 *
 * There are no deadlines on calls: whoever calls has one, and ends the sandbox when it passes.
 */
export class RpcSession {
  /** The runner has loaded its drivers. Rejects with SandboxExit or ProtocolViolation. */
  readonly ready: Promise<void>
  /** The stream ended, for whatever reason. Never rejects. */
  readonly closed: Promise<void>
  /** The first violation, in words for the operator. */
  violation: string | null = null

  readonly #stream: Duplex
  readonly #frames = new FrameReader()
  readonly #ready = Promise.withResolvers<void>()
  readonly #closed = Promise.withResolvers<void>()
  readonly #loaded = Promise.withResolvers<LoadOutcome>()
  readonly #calls = new Map<string, PendingCall>()
  readonly #callbacks = new Callbacks((answer, written) => this.#send(answer, written))
  readonly #forgotten = new Map<number, () => Promise<unknown>>()
  #bye: { word: string | null; answered(): void } | null = null
  #state: 'starting' | 'ready' | 'loading' | 'loaded' | 'ended' = 'starting'

  constructor(stream: Duplex) {
    this.#stream = stream
    this.ready = this.#ready.promise
    this.closed = this.#closed.promise
    // Whoever waits for them sees the rejection; nobody has to.
    this.#ready.promise.catch(() => {})
    this.#loaded.promise.catch(() => {})
    stream.on('data', (chunk: Buffer) => this.#receive(chunk))
    stream.on('end', () => this.#end(new SandboxExit()))
    stream.on('close', () => this.#end(new SandboxExit()))
    stream.on('error', () => this.#end(new SandboxExit()))
  }

  /** Assertions that failed inside functions which the submission called; it may have swallowed them. Whoever reports them takes them out. */
  get callbackFailures(): Error[] {
    return this.#callbacks.failures
  }

  /** Once per session. Resolves for everything a submission can do wrong; rejects with ProtocolViolation only. */
  async load(request: LoadRequest): Promise<LoadOutcome> {
    const { code, language, functions, clockSkewMs, deadlineMs } = request
    const { promise: deadline, resolve } = Promise.withResolvers<LoadOutcome>()
    const timer = setTimeout(() => resolve({ outcome: 'deadline', message: null }), deadlineMs)
    try {
      return await Promise.race([this.#load({ t: 'load', language, code, functions, clockSkewMs }), deadline])
    } catch (error) {
      if (error instanceof SandboxExit) return { outcome: 'runtime-error', message: 'The process ended while loading.' }
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  async #load(frame: object): Promise<LoadOutcome> {
    await this.ready
    if (this.#state !== 'ready') throw this.#endedBecause()
    this.#state = 'loading'
    this.#send(frame)
    return this.#loaded.promise
  }

  /**
   * Calls and waits. `args` may hold bigint, Date, Uint8Array, Set, undefined and functions, which the submission can call.
   * Rejects with RemoteError (it threw), BadResult (it does not fit `schema`), SandboxExit or ProtocolViolation.
   */
  call(target: CallTarget, args: unknown[], schema: ResultSchema): Promise<unknown> {
    if (this.#state !== 'loaded') return Promise.reject(this.#endedBecause())
    const id = randomBytes(8).toString('hex')
    const encoded = args.map((arg) => encodeValue(arg, this.#callbacks.give))
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    // A suite may leave a call behind; its rejection must not end the judge.
    promise.catch(() => {})
    this.#calls.set(id, { resolve, reject, schema })
    this.#send({ t: 'call', id, ...(typeof target === 'string' ? { fn: target } : target), args: encoded })
    return promise
  }

  /**
   * Asks for a last answer, once. Resolves with its word, which by then stands at the end of what was printed; null when
   * there is none in time, or no session that could be asked.
   */
  async bye(deadlineMs: number): Promise<string | null> {
    if (this.#bye !== null || (this.#state !== 'ready' && this.#state !== 'loaded')) return null
    const word = randomBytes(8).toString('hex')
    const answered = Promise.withResolvers<string | null>()
    this.#bye = { word, answered: () => answered.resolve(word) }
    const timer = setTimeout(() => answered.resolve(null), deadlineMs)
    void this.closed.then(() => answered.resolve(null))
    this.#send({ t: 'bye', id: word })
    try {
      return await answered.promise
    } finally {
      clearTimeout(timer)
    }
  }

  /** One stop function for every handle that has a `stop` and was not told to; the tear-down calls them. */
  forgottenHandles(): (() => Promise<unknown>)[] {
    return [...this.#forgotten.values()]
  }

  /** Ends the session from our side; calls under way reject with SandboxExit. */
  close(): void {
    this.#stream.destroy()
    this.#end(new SandboxExit())
  }

  #receive(chunk: Buffer): void {
    try {
      for (const body of this.#frames.read(chunk)) {
        if (this.#state === 'ended') return
        this.#take(readRunnerFrame(parseFrame(body)))
      }
    } catch (error) {
      if (!(error instanceof ProtocolViolation)) throw error
      this.#violate(error)
    }
  }

  #take(frame: RunnerFrame): void {
    switch (frame.t) {
      case 'ready':
        if (this.#state !== 'starting') throw new ProtocolViolation('ready twice')
        this.#state = 'ready'
        this.#ready.resolve()
        return
      case 'loaded':
      case 'load-failed':
        if (this.#state !== 'loading') throw new ProtocolViolation(`${frame.t} that nobody asked for`)
        this.#state = frame.t === 'loaded' ? 'loaded' : 'ready'
        this.#loaded.resolve(frame.t === 'loaded' ? { outcome: 'loaded', message: null } : loadFailure(frame))
        return
      case 'return': {
        // Decoded while the call is still open, so that a malformed value rejects it together with all others.
        const value = decodeValue(frame.value)
        const call = this.#takeCall(frame.id)
        try {
          call.resolve(normalise(value, call.schema, this.#makeHandle))
        } catch (error) {
          call.reject(error as Error)
        }
        return
      }
      case 'throw': {
        const data = decodeValue(frame.error.data)
        this.#takeCall(frame.id).reject(new RemoteError({ ...frame.error, data }))
        return
      }
      case 'callback':
        this.#callbacks.take(frame.id, frame.fn, decodeCallbackArguments(frame.args, this.#makeUndeclared))
        return
      case 'bye':
        if (this.#bye?.word !== frame.id) throw new ProtocolViolation('a bye that nobody asked for')
        this.#bye.word = null
        this.#bye.answered()
        return
    }
  }

  #takeCall(id: string): PendingCall {
    const call = this.#calls.get(id)
    if (call === undefined) throw new ProtocolViolation('an answer to a call that is not open')
    this.#calls.delete(id)
    return call
  }

  readonly #makeHandle = (ref: HandleRef, methods: Record<string, ResultSchema>): unknown => {
    const handle: Record<string, (...args: unknown[]) => Promise<unknown>> = Object.create(null)
    for (const [method, schema] of Object.entries(methods))
      handle[method] = (...args) => {
        if (method === 'stop') this.#forgotten.delete(ref.id)
        return this.call({ handle: ref.id, method }, args, schema)
      }
    if (handle.stop !== undefined) this.#forgotten.set(ref.id, handle.stop)
    return handle
  }

  /** What a callback is given: every function that the object has, each answering with JSON. `then` would make it a promise. */
  readonly #makeUndeclared = (ref: HandleRef): unknown => {
    const names = ref.methods.filter((name) => name !== 'then')
    return this.#makeHandle(ref, Object.fromEntries(names.map((name) => [name, 'json'])))
  }

  #send(frame: object, written?: () => void): void {
    if (this.#state !== 'ended') this.#stream.write(encodeFrame(frame), written)
  }

  #violate(violation: ProtocolViolation): void {
    if (this.#state === 'ended') return
    this.violation = violation.message
    this.#stream.destroy()
    this.#end(violation)
  }

  #end(reason: Error): void {
    if (this.#state === 'ended') return
    this.#state = 'ended'
    this.#ready.reject(reason)
    this.#loaded.reject(reason)
    for (const call of this.#calls.values()) call.reject(reason)
    this.#calls.clear()
    this.#forgotten.clear()
    this.#closed.resolve()
  }

  #endedBecause(): Error {
    if (this.violation !== null) return new ProtocolViolation(this.violation)
    return this.#state === 'ended' ? new SandboxExit() : new Error(`the session is ${this.#state}`)
  }
}

function loadFailure(frame: Extract<RunnerFrame, { t: 'load-failed' }>): LoadOutcome {
  if (frame.phase === 'missing')
    return { outcome: 'compile-error', message: `The function ${frame.name.slice(0, 200)} is not there.` }
  const message = `${frame.name.slice(0, 200)}: ${frame.message.slice(0, 2_000)}`
  const trace = frame.trace === '' ? '' : `\n${frame.trace.slice(0, 4_000).trimStart()}`
  return { outcome: frame.phase === 'compile' ? 'compile-error' : 'runtime-error', message: message + trace }
}

import { ProtocolViolation } from './errors.ts'
import { caps } from './frames.ts'
import { type Callback, encodeValue } from './values.ts'

type SendAnswer = (answer: object, written: () => void) => void

/** Functions of the test that a submission was given, and its calls of them. */
export class Callbacks {
  /** Failed assertions inside callbacks: a submission may swallow them, the test must not. */
  readonly failures: Error[] = []
  readonly #send: SendAnswer
  readonly #given: Callback[] = []
  readonly #numbers = new Map<Callback, number>()
  #lastId = 0
  #waiting = 0

  constructor(send: SendAnswer) {
    this.#send = send
  }

  /** The number by which a runner calls it; the same function keeps its number. */
  readonly give = (callback: Callback): number => {
    const known = this.#numbers.get(callback)
    if (known !== undefined) return known
    const number = this.#given.push(callback) - 1
    this.#numbers.set(callback, number)
    return number
  }

  /** Throws ProtocolViolation for a function that was never given, an id used before, or too many calls at once. */
  take(id: number, fn: number, args: unknown[]): void {
    const callback = this.#given[fn]
    if (callback === undefined) throw new ProtocolViolation('a callback that was never given')
    if (id <= this.#lastId) throw new ProtocolViolation('a callback id used twice')
    this.#lastId = id
    if (++this.#waiting > caps.waitingCallbacks) throw new ProtocolViolation('too many callbacks waiting')
    void this.#answer(id, callback, args)
  }

  /** A call waits until its answer is written, so that a runner which never reads can't fill our memory with answers. */
  async #answer(id: number, callback: Callback, args: unknown[]): Promise<void> {
    let answer: object
    try {
      answer = { t: 'callback-return', id, value: encodeValue(await callback(...args), this.give) }
    } catch (error) {
      answer = { t: 'callback-throw', id, error: this.#describe(error) }
    }
    this.#send(answer, () => this.#waiting--)
  }

  /** The text of a failed assertion holds expected values: the submission does not get to read it. */
  #describe(error: unknown): { message: string; code: string | null; data: unknown } {
    const { message, code, data } = (error ?? {}) as { message?: unknown; code?: unknown; data?: unknown }
    if (error instanceof Error && error.name === 'AssertionError') {
      this.failures.push(error)
      return { message: 'a check of the test failed', code: null, data: null }
    }
    return {
      message: String(message ?? error),
      code: typeof code === 'string' ? code : null,
      data: encodeValue(data ?? null, this.give),
    }
  }
}

import { setTimeout as wait } from 'node:timers/promises'

/** `bye`, the runner's last word and a line's end (PROTOCOL.md). */
const byeBytes = 4 + 16 + 1

/**
 * What a submission printed, up to a cap; `onOverflow` is called once, when so much came that the cap is passed also
 * without the runner's last word, which is no part of the output.
 */
export class CapturedOutput {
  readonly #limitBytes: number
  readonly #onOverflow: () => void
  #pieces: Buffer[] = []
  #bytes = 0
  #truncated = false
  #bye: Buffer | null = null
  #onChange: () => void = () => {}

  constructor(limitBytes: number, onOverflow: () => void) {
    this.#limitBytes = limitBytes
    this.#onOverflow = onOverflow
  }

  add(chunk: Buffer): void {
    if (this.#truncated) return
    const kept = chunk.subarray(0, this.#limitBytes + byeBytes - this.#bytes)
    if (kept.length > 0) this.#keep(kept)
    this.#onChange()
    if (kept.length === chunk.length) return
    this.#truncated = true
    this.#onOverflow()
  }

  /** Waits for the runner's last word and takes it out: all that was printed before has come. False when it does not come in time. */
  async takeBye(word: string, deadlineMs: number): Promise<boolean> {
    this.#bye = Buffer.from(`bye ${word}\n`)
    const timeout = new AbortController()
    const late = wait(deadlineMs, 'late', { signal: timeout.signal, ref: false }).catch(() => 'late')
    try {
      for (;;) {
        const changed = new Promise<void>((resolve) => {
          this.#onChange = resolve
        })
        if (this.#cutBye()) return true
        if ((await Promise.race([changed, late])) === 'late') return false
      }
    } finally {
      timeout.abort()
    }
  }

  /** Looked for from the end: what was printed since is little. */
  #cutBye(): boolean {
    const bye = this.#bye
    if (bye === null) return false
    const whole = Buffer.concat(this.#pieces)
    const at = whole.lastIndexOf(bye)
    if (at === -1) return false
    this.#pieces = [Buffer.concat([whole.subarray(0, at), whole.subarray(at + bye.length)])]
    this.#bytes -= bye.length
    this.#bye = null
    return true
  }

  /** Copied, because a piece of a few bytes would hold on to the whole buffer it was cut from; small ones share a buffer. */
  #keep(chunk: Buffer): void {
    this.#bytes += chunk.length
    const last = this.#pieces.at(-1)
    if (last !== undefined && last.length + chunk.length <= 4_096)
      this.#pieces[this.#pieces.length - 1] = Buffer.concat([last, chunk])
    else this.#pieces.push(Buffer.from(chunk))
  }

  /** Bytes that are not UTF-8 become replacement characters. */
  read(): { text: string; truncated: boolean } {
    // It may have come too late for whoever waited.
    this.#cutBye()
    const kept = Buffer.concat(this.#pieces).subarray(0, this.#limitBytes)
    return { text: kept.toString('utf8'), truncated: this.overflowed }
  }

  get bytes(): number {
    return this.#bytes
  }

  get overflowed(): boolean {
    return this.#truncated || this.#bytes > this.#limitBytes
  }
}

/** What a submission printed, up to a cap; `onOverflow` is called once, at the first byte beyond it. */
export class CapturedOutput {
  readonly #limitBytes: number
  readonly #onOverflow: () => void
  #pieces: Buffer[] = []
  #bytes = 0
  #truncated = false

  constructor(limitBytes: number, onOverflow: () => void) {
    this.#limitBytes = limitBytes
    this.#onOverflow = onOverflow
  }

  add(chunk: Buffer): void {
    if (this.#truncated) return
    const kept = chunk.subarray(0, this.#limitBytes - this.#bytes)
    if (kept.length > 0) this.#keep(kept)
    if (kept.length === chunk.length) return
    this.#truncated = true
    this.#onOverflow()
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
    return { text: Buffer.concat(this.#pieces).toString('utf8'), truncated: this.#truncated }
  }

  get bytes(): number {
    return this.#bytes
  }

  get overflowed(): boolean {
    return this.#truncated
  }
}

import { Duplex } from 'node:stream'

const headerBytes = 8
const stdoutMark = 1

/**
 * The attach stream of a container as a Duplex of its stdin and stdout; what belongs to stderr goes to `onStderr`.
 * Docker prefixes each piece with a mark, three zeros and its length. Pieces are passed on as they come, never collected,
 * and a reader that doesn't read stops the source: a flood waits inside the container.
 */
export class AttachedStream extends Duplex {
  readonly #source: Duplex
  readonly #onStderr: (chunk: Buffer) => void
  #header = Buffer.alloc(headerBytes)
  #headerFilled = 0
  #pieceLeft = 0
  #isDiscarding = false

  constructor(source: Duplex, onStderr: (chunk: Buffer) => void) {
    super({ readableHighWaterMark: 256 * 1024, allowHalfOpen: true })
    this.#source = source
    this.#onStderr = onStderr
    source.on('data', (chunk: Buffer) => this.#split(chunk))
    source.on('end', () => this.push(null))
    source.on('close', () => this.push(null))
    // The container is gone, or Docker is: who waits for the container learns which.
    source.on('error', () => this.push(null))
  }

  override _read(): void {
    this.#source.resume()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#source.write(chunk, done)
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#source.end(() => done())
  }

  /** Doesn't hang up: that would close the runner's stdin, and its exit would look like its own doing. */
  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.discard()
    done(error)
  }

  /** From now on stdout is dropped. Docker finishes neither a kill nor an exit while output waits for somebody to read it. */
  discard(): void {
    this.#isDiscarding = true
    this.#source.resume()
  }

  /** When the container is gone. */
  hangUp(): void {
    this.#source.destroy()
  }

  #split(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      if (this.#pieceLeft === 0) {
        const copied = chunk.copy(this.#header, this.#headerFilled, at, at + headerBytes - this.#headerFilled)
        this.#headerFilled += copied
        at += copied
        if (this.#headerFilled < headerBytes) return
        this.#headerFilled = 0
        this.#pieceLeft = this.#header.readUInt32BE(4)
        continue
      }
      const piece = chunk.subarray(at, at + this.#pieceLeft)
      this.#pieceLeft -= piece.length
      at += piece.length
      if (this.#header[0] !== stdoutMark) this.#onStderr(piece)
      else if (!this.#isDiscarding && !this.push(piece)) this.#source.pause()
    }
  }
}

import { ProtocolViolation } from './errors.ts'

/** What a runner may send, checked before anything is decoded. */
export const caps = {
  frameBytes: 8 * 1024 * 1024,
  totalBytes: 64 * 1024 * 1024,
  depth: 64,
  nodes: 250_000,
  waitingCallbacks: 1_000,
}

/** One frame: four bytes of length, big-endian, then JSON in UTF-8. */
export function encodeFrame(message: object): Buffer {
  const body = Buffer.from(JSON.stringify(message))
  const frame = Buffer.allocUnsafe(4 + body.length)
  frame.writeUInt32BE(body.length)
  body.copy(frame, 4)
  return frame
}

/**
 * Cuts a byte stream into frame bodies. A declared length is refused before its bytes are kept, and bytes are copied into
 * one growing buffer: a frame that arrives byte by byte would otherwise cost an object a byte.
 */
export class FrameReader {
  #header = Buffer.alloc(4)
  #headerBytes = 0
  #body = Buffer.alloc(0)
  #bodyBytes = 0
  #expectedBytes = 0
  #totalBytes = 0;

  /** Complete frames of this chunk, in order. Throws ProtocolViolation at the first cap that is passed. */
  *read(chunk: Buffer): Generator<Buffer> {
    this.#totalBytes += chunk.length
    if (this.#totalBytes > caps.totalBytes) throw new ProtocolViolation(`more than ${caps.totalBytes} bytes in one run`)
    let offset = 0
    while (offset < chunk.length) {
      offset += this.#headerBytes < 4 ? this.#takeHeader(chunk, offset) : this.#takeBody(chunk, offset)
      if (this.#headerBytes === 4 && this.#bodyBytes === this.#expectedBytes) {
        const body = this.#body.subarray(0, this.#bodyBytes)
        this.#headerBytes = 0
        this.#body = Buffer.alloc(0)
        yield body
      }
    }
  }

  #takeHeader(chunk: Buffer, offset: number): number {
    const taken = chunk.copy(this.#header, this.#headerBytes, offset, offset + 4 - this.#headerBytes)
    this.#headerBytes += taken
    if (this.#headerBytes < 4) return taken
    const length = this.#header.readUInt32BE()
    if (length === 0 || length > caps.frameBytes) throw new ProtocolViolation(`a frame of ${length} bytes`)
    this.#expectedBytes = length
    this.#bodyBytes = 0
    this.#body = Buffer.allocUnsafe(Math.min(length, 65_536))
    return taken
  }

  #takeBody(chunk: Buffer, offset: number): number {
    const wanted = Math.min(this.#expectedBytes - this.#bodyBytes, chunk.length - offset)
    if (this.#bodyBytes + wanted > this.#body.length) {
      const larger = Buffer.allocUnsafe(
        Math.min(this.#expectedBytes, Math.max(this.#body.length * 2, this.#bodyBytes + wanted)),
      )
      this.#body.copy(larger, 0, 0, this.#bodyBytes)
      this.#body = larger
    }
    chunk.copy(this.#body, this.#bodyBytes, offset, offset + wanted)
    this.#bodyBytes += wanted
    return wanted
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The JSON of a frame, after its depth and node count were read off the raw bytes. Throws ProtocolViolation. */
export function parseFrame(body: Buffer): unknown {
  scan(body)
  try {
    return JSON.parse(utf8.decode(body))
  } catch {
    throw new ProtocolViolation('a frame that is not JSON in UTF-8')
  }
}

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c

/** Millions of nested brackets parse and then overflow every walker: so they are counted before they are parsed. */
function scan(body: Buffer): void {
  let depth = 0
  let nodes = 1
  for (let at = 0; at < body.length; at++) {
    const byte = body[at]
    if (byte === quote) at = endOfString(body, at)
    else if (byte === comma) nodes++
    else if (byte === 0x7b || byte === 0x5b) {
      nodes++
      if (++depth > caps.depth) throw new ProtocolViolation(`nested deeper than ${caps.depth}`)
    } else if (byte === 0x7d || byte === 0x5d) depth--
    if (nodes > caps.nodes) throw new ProtocolViolation(`more than ${caps.nodes} values in one frame`)
  }
}

function endOfString(body: Buffer, start: number): number {
  for (let end = body.indexOf(quote, start + 1); end !== -1; end = body.indexOf(quote, end + 1)) {
    let backslashes = 0
    while (body[end - 1 - backslashes] === backslash) backslashes++
    if (backslashes % 2 === 0) return end
  }
  throw new ProtocolViolation('a frame that is not JSON in UTF-8')
}

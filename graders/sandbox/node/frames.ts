import { Socket } from 'node:net'

// Kept from before the submission loads: what it does to globals must not reach the wire.
const { parse, stringify } = JSON
const { concat, from, allocUnsafe } = Buffer
const maxFrameBytes = 8 * 1024 * 1024

export type Frame = { t: string; [field: string]: unknown }

const output = new Socket({ fd: 4, readable: false, writable: true })
output.on('error', () => {})

/** Throws RangeError when the frame is larger than the judge accepts, so that the submission can be told. */
export function send(frame: Frame): void {
  const body = from(stringify(frame))
  if (body.length > maxFrameBytes)
    throw new RangeError(`the value takes ${body.length} bytes; ${maxFrameBytes} are allowed`)
  const bytes = allocUnsafe(4 + body.length)
  bytes.writeUInt32BE(body.length)
  bytes.set(body, 4)
  output.write(bytes)
}

/** Frames come from the judge, so they need no caps. `onEnd`: the judge hung up. */
export function receive(onFrame: (frame: Frame) => void, onEnd: () => void): void {
  const input = new Socket({ fd: 3, readable: true, writable: false })
  let waiting: Buffer[] = []
  let waitingBytes = 0
  input.on('data', (chunk: Buffer) => {
    waiting.push(chunk)
    waitingBytes += chunk.length
    while (waitingBytes >= 4) {
      const bytes = waiting.length === 1 ? (waiting[0] as Buffer) : concat(waiting)
      const length = bytes.readUInt32BE()
      waiting = [bytes]
      if (bytes.length < 4 + length) return
      waiting = [bytes.subarray(4 + length)]
      waitingBytes = bytes.length - 4 - length
      onFrame(parse(bytes.toString('utf8', 4, 4 + length)))
    }
  })
  input.on('end', onEnd)
  input.on('error', onEnd)
}

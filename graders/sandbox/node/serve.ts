import { writeSync } from 'node:fs'
import { skewClock } from './clock.ts'
import { describe } from './failure.ts'
import type { Frame } from './frames.ts'
import { load } from './load.ts'
import { decode, encode } from './values.ts'

/** Answers the judge's frames (PROTOCOL.md) for the one submission of this process. Lives in the sandbox: nothing here is believed. */

const { apply } = Reflect
const NativePromise = Promise
const nextTurn = setImmediate
const maxOpenCallbacks = 500

let box: string
let send: (frame: Frame) => void
let exported: Record<string, unknown> = {}
const handles = new Map<number, Record<string, unknown>>()
const handleIds = new Map<object, number>()
const openCallbacks = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>()
const waitingCallbacks: (() => void)[] = []
const callbacks = new Map<number, (...args: unknown[]) => Promise<unknown>>()
let lastCallbackId = 0

const registers = {
  handleId(object: object): number {
    const known = handleIds.get(object)
    if (known !== undefined) return known
    const id = handleIds.size + 1
    handleIds.set(object, id)
    handles.set(id, object as Record<string, unknown>)
    return id
  },
}

/** The function a submission gets for a function of the test. Always asynchronous; at most so many are open at once. */
function callbackOf(fn: number): (...args: unknown[]) => Promise<unknown> {
  const known = callbacks.get(fn)
  if (known !== undefined) return known
  const callback = (...args: unknown[]) =>
    new NativePromise((resolve, reject) => {
      const start = () => {
        try {
          const id = lastCallbackId + 1
          send({ t: 'callback', id, fn, args: args.map((arg) => encode(arg, registers)) })
          lastCallbackId = id
          openCallbacks.set(id, { resolve, reject })
        } catch (error) {
          reject(error)
        }
      }
      if (openCallbacks.size < maxOpenCallbacks) start()
      else waitingCallbacks.push(start)
    })
  callbacks.set(fn, callback)
  return callback
}

function endCallback(frame: Frame): void {
  const open = openCallbacks.get(frame.id as number)
  openCallbacks.delete(frame.id as number)
  if (frame.t === 'callback-return') open?.resolve(decode(frame.value, callbackOf))
  else {
    const { message, code, data } = frame.error as { message: string; code: string | null; data: unknown }
    open?.reject(Object.assign(new Error(message), { code: code ?? undefined, data: decode(data, callbackOf) }))
  }
  waitingCallbacks.shift()?.()
}

async function call(frame: Frame): Promise<void> {
  const { id } = frame
  try {
    const owner = frame.handle === undefined ? undefined : handles.get(frame.handle as number)
    const fn = owner === undefined ? exported[frame.fn as string] : owner[frame.method as string]
    const args = decode(frame.args, callbackOf) as unknown[]
    const value = await apply(fn as () => unknown, owner, args)
    send({ t: 'return', id, value: encode(value, registers) })
  } catch (error) {
    const failure = describe(error)
    send({ t: 'throw', id, error: { ...failure, data: encodeOrNull(failure.data) } })
  }
}

function encodeOrNull(data: unknown): unknown {
  try {
    return encode(data, registers)
  } catch {
    return null
  }
}

/** What was printed before comes before this line, because descriptor 2 is written to at once; a worker thread's words take a turn. */
async function sayBye({ id }: Frame): Promise<void> {
  await new NativePromise((resolve) => nextTurn(resolve))
  try {
    writeSync(2, `bye ${id}\n`)
  } catch {
    // The pipe is full of what the submission prints, or closed: then it is looked at more closely.
    return
  }
  send({ t: 'bye', id })
}

/** What takes each frame; a rejection is an error of our own, or one that nobody caught. `folder`: where the submission is written. */
export function serve(folder: string, sender: (frame: Frame) => void): (frame: Frame) => Promise<void> {
  box = folder
  send = sender
  return onFrame
}

async function onFrame(frame: Frame): Promise<void> {
  if (frame.t === 'call') return call(frame)
  if (frame.t === 'bye') return sayBye(frame)
  if (frame.t !== 'load') return endCallback(frame)
  skewClock(frame.clockSkewMs as number)
  const loaded = await load(box, frame.code as string, frame.functions as string[])
  if ('failure' in loaded) return send(loaded.failure)
  exported = loaded.exports
  send({ t: 'loaded' })
}

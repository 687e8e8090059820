import { writeSync } from 'node:fs'
import { skewClock } from './clock.ts'
import { describe } from './failure.ts'
import { type Frame, receive, send } from './frames.ts'
import { load, warmUp } from './load.ts'
import { decode, encode } from './values.ts'

/** Runs one TypeScript submission for the judge (PROTOCOL.md). Lives in the sandbox: nothing here is believed. */

const { apply } = Reflect
const exit = process.exit.bind(process)
const NativePromise = Promise
const maxOpenCallbacks = 500

const box = process.env.BOX ?? '/box'
const drivers = (process.env.DRIVERS ?? '').split(',').filter((name) => name !== '')
for (const name of ['BOX', 'DRIVERS', 'HEAP_MB']) delete process.env[name]

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

async function onFrame(frame: Frame): Promise<void> {
  if (frame.t === 'call') return call(frame)
  if (frame.t !== 'load') return endCallback(frame)
  skewClock(frame.clockSkewMs as number)
  const loaded = await load(box, frame.code as string, frame.functions as string[])
  if ('failure' in loaded) return send(loaded.failure)
  exported = loaded.exports
  send({ t: 'loaded' })
}

/** A process that dies is evidence: an error that nobody caught must not be survived. */
function die(error: unknown): void {
  const { name, message, trace } = describe(error)
  const lines = trace === '' ? '' : `\n    ${trace.trimStart().replaceAll('\n', '\n    ')}`
  try {
    writeSync(2, `Uncaught ${name}: ${message}${lines}\n`)
  } catch {
    // The pipe is full of what the submission printed.
  }
  exit(70)
}
process.on('uncaughtException', die)
process.on('unhandledRejection', die)

await Promise.all([...drivers.map((name) => import(name)), warmUp()])
receive(
  (frame) => void onFrame(frame).catch(die),
  () => exit(0),
)
send({ t: 'ready' })

import { writeSync } from 'node:fs'
import { describe } from './failure.ts'
import { receive, send } from './frames.ts'
import { serve } from './serve.ts'
import { warmUp } from './warm-up.ts'

/** Runs one TypeScript submission for the judge (PROTOCOL.md). Lives in the sandbox: nothing here is believed. */

const exit = process.exit.bind(process)

const box = process.env.BOX ?? '/box'
const drivers = (process.env.DRIVERS ?? '').split(',').filter((name) => name !== '')
for (const name of ['BOX', 'DRIVERS', 'HEAP_MB']) delete process.env[name]

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

await warmUp(drivers)
const onFrame = serve(box, send)
receive(
  (frame) => void onFrame(frame).catch(die),
  () => exit(0),
)
send({ t: 'ready' })

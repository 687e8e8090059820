import { describe, expect, test } from 'vitest'
import type { Language } from '../../exercise.ts'
import { start } from '../started.ts'
import { endedByItself, killed, play } from './play.ts'

describe('what never ends is ended from outside', () => {
  const cases: [string, Language, string][] = [
    ['a busy loop', 'typescript', 'export const run = () => { while (true) {} }'],
    ['a busy loop', 'python', 'def run():\n  while True: pass'],
    ['a busy loop on the event loop', 'python', 'async def run():\n  while True: pass'],
    ['a promise that never settles', 'typescript', 'export const run = () => new Promise(() => {})'],
    ['endless microtasks', 'typescript', 'export const run = async () => { for (;;) await null }'],
    [
      'a regular expression that backtracks',
      'typescript',
      'export const run = () => /^(a+)+$/.test("a".repeat(60) + "b")',
    ],
    [
      'signals ignored',
      'typescript',
      'for (const s of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(s, () => {})\nexport const run = () => { while (true) {} }',
    ],
    [
      'signals ignored',
      'python',
      'import signal, time\nfor s in (15, 2, 1): signal.signal(s, signal.SIG_IGN)\ndef run(): time.sleep(1e6)',
    ],
    [
      'detached children',
      'typescript',
      'import { spawn } from "node:child_process"\nexport const run = () => { for (let i = 0; i < 20; i++) spawn("sleep", ["1000"], { detached: true, stdio: "ignore" }).unref() }',
    ],
    ['a wire that is closed', 'python', 'import os\ndef run(): os.close(4)'],
    ['stopping itself', 'python', 'import os, signal\ndef run(): os.kill(os.getpid(), signal.SIGSTOP)'],
  ]
  test.each(cases)('%s, in %s', async (_name, language, code) => {
    expect(await play(await start(language, code))).toEqual(killed)
  })

  test.each([
    [
      'typescript',
      'import { spawn } from "node:child_process"\nexport const run = () => { for (;;) { try { spawn("/bin/sh", ["-c", "sleep 1000 & sleep 1000 & sleep 1000"]) } catch {} } }',
    ],
    ['python', 'import os\ndef run():\n  while True:\n    try: os.fork()\n    except OSError: pass'],
  ] as const)('a fork bomb, in %s', async (language, code) => {
    const evidence = await play(await start(language, code), 1_500)
    expect(evidence).toMatchObject({ outputLimit: false })
  })
})

describe('what ends early is seen to have ended by itself', () => {
  const cases: [string, Language, string, number][] = [
    ['exit while loading', 'typescript', 'process.exit(0)', 0],
    ['exit while loading', 'python', 'import os\nos._exit(0)', 0],
    ['sys.exit while loading', 'python', 'import sys\nsys.exit(3)', 3],
    ['exit in a call', 'typescript', 'export const run = () => process.exit(0)', 0],
    ['exit in a call', 'python', 'import os\ndef run(): os._exit(0)', 0],
    ['sys.exit in a call', 'python', 'import sys\ndef run(): sys.exit(5)', 5],
    [
      'exit after a good answer',
      'typescript',
      'export const run = () => { setTimeout(() => process.exit(0), 50); return 1 }',
      0,
    ],
    [
      'exit after a good answer',
      'python',
      'import os, threading\ndef run():\n  threading.Timer(0.05, lambda: os._exit(0)).start()\n  return 1',
      0,
    ],
    [
      'an error nobody catches',
      'typescript',
      'export const run = () => { setTimeout(() => { throw new Error("late") }); return new Promise(() => {}) }',
      70,
    ],
    [
      'a rejection nobody catches',
      'typescript',
      'export const run = () => { void Promise.reject(new Error("late")); return new Promise(() => {}) }',
      70,
    ],
    ['a crash in native code', 'python', 'import ctypes\ndef run(): ctypes.string_at(0)', 139],
  ]
  test.each(cases)('%s, in %s', async (_name, language, code, exitCode) => {
    const started = await start(language, code)
    const call = started.session.call('run', [], { nullable: 'int' }).catch(() => {})
    const evidence = await started.sandbox.ended
    await call
    await started.session.closed
    expect(evidence).toEqual({ ...endedByItself, exitCode })
    await started.sandbox.kill()
  })
})

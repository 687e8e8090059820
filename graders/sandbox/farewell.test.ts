import { describe, expect, test } from 'vitest'
import type { Language } from '../exercise.ts'
import { docker, start } from './started.ts'

/** What is said of a process that still runs, and when only its end tells. */

const unharmed = {
  exitedByItself: false,
  killedByStranger: false,
  exitCode: null,
  oomKilled: false,
  outputLimit: false,
}
const printing: Record<Language, string> = {
  typescript: 'export function run(n: number) { console.log("x".repeat(n)); return n }',
  python: 'def run(n):\n  print("x" * n)\n  return n',
}
const languages: Language[] = ['typescript', 'python']

async function farewellOf({ sandbox, session }: Awaited<ReturnType<typeof start>>) {
  const word = await session.bye(5_000)
  return word === null ? null : sandbox.farewell(word)
}

describe.each(languages)('in %s', (language) => {
  test('whoever answers is seen to live, and everything printed has come, the last word taken out', async () => {
    const started = await start(language, printing[language])
    await started.session.call('run', [3_000], 'int')
    expect(await farewellOf(started)).toEqual(unharmed)
    expect(started.sandbox.output()).toEqual({ text: `${'x'.repeat(3_000)}\n`, truncated: false })
  })

  test('output that fills its cap to the last byte is not too much, one byte more is', async () => {
    const limits = { outputBytes: 1_000 }
    const full = await start(language, printing[language], { limits })
    await full.session.call('run', [999], 'int')
    expect(await farewellOf(full)).toEqual(unharmed)
    const over = await start(language, printing[language], { limits })
    await over.session.call('run', [1_000], 'int')
    expect(await farewellOf(over)).toBeNull()
    await over.sandbox.kill()
    expect(await over.sandbox.ended).toMatchObject({ outputLimit: true })
    expect(over.sandbox.output()).toEqual({ text: 'x'.repeat(1_000), truncated: true })
  })

  test('a submission that was refused says farewell as well', async () => {
    expect(await farewellOf(await start(language, 'nonsense (('))).toEqual(unharmed)
  })

  test('whoever has ended is not asked', async () => {
    const source = {
      typescript: 'export function run() { setTimeout(() => process.exit(0), 50); return 1 }',
      python: 'import os, threading\ndef run():\n  threading.Timer(0.05, lambda: os._exit(0)).start()\n  return 1',
    }
    const started = await start(language, source[language])
    await started.session.call('run', [], 'int')
    await started.session.closed
    expect(await farewellOf(started)).toBeNull()
    expect(await started.sandbox.ended).toMatchObject({ exitedByItself: true, exitCode: 0 })
  })

  test('a child that the kernel ended for its memory leaves a doubt', async () => {
    const source = {
      typescript: `import { spawnSync } from 'node:child_process'
        export const run = () => spawnSync(process.execPath, ['-e', 'const a = []; for (;;) a.push(Buffer.alloc(1e6, 1))']).signal ?? 'none'`,
      python: `import subprocess, sys
def run():
  code = 'a = []\\nwhile True: a.append(b"x" * 1_000_000)'
  return str(subprocess.run([sys.executable, "-c", code]).returncode)`,
    }
    const started = await start(language, source[language])
    await started.session.call('run', [], 'string')
    expect(await farewellOf(started)).toBeNull()
    await started.sandbox.kill()
    expect(await started.sandbox.ended).toMatchObject({ oomKilled: true })
  })
})

test('a loop that never lets go is not waited for', async () => {
  const { session } = await start(
    'typescript',
    'export function run() { setImmediate(() => { for (;;) {} }); return 1 }',
  )
  await session.call('run', [], 'int')
  expect(await session.bye(50)).toBeNull()
})

test('one that Docker killed behind our back is seen to have ended', async () => {
  const started = await start('typescript', printing.typescript)
  const word = await started.session.bye(5_000)
  await docker.getContainer(started.sandbox.id).kill()
  expect(await started.sandbox.farewell(word as string)).toBeNull()
})

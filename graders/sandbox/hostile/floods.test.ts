import { describe, expect, test } from 'vitest'
import { SandboxExit } from '../errors.ts'
import { start } from '../started.ts'
import { killed } from './play.ts'

describe('floods stop at the sandbox', () => {
  test.each([
    [
      'typescript',
      'import { writeSync } from "node:fs"\nconst piece = Buffer.alloc(65536, "x")\nexport const run = () => { for (;;) try { writeSync(1, piece) } catch {} }',
    ],
    ['python', 'def run():\n  while True: print("x" * 65536)'],
  ] as const)('of output, in %s', async (language, code) => {
    const before = process.memoryUsage().rss
    const { sandbox, session } = await start(language, code)
    const call = session.call('run', [], 'json')
    expect(await sandbox.ended).toMatchObject({ exitedByItself: false, outputLimit: true })
    await expect(call).rejects.toThrow(SandboxExit)
    expect(sandbox.output().text).toHaveLength(1_048_576)
    expect(sandbox.output().truncated).toBe(true)
    expect(process.memoryUsage().rss - before).toBeLessThan(150_000_000)
  })

  test('much output under the cap is no flood', async () => {
    const code = 'export const run = () => { for (let i = 0; i < 1000; i++) console.log("x".repeat(999)) }'
    const { sandbox, session } = await start('typescript', code)
    await session.call('run', [], 'none')
    await sandbox.kill()
    expect(sandbox.output()).toEqual({ text: `${'x'.repeat(999)}\n`.repeat(1_000), truncated: false })
  })

  test('of the wire that nobody reads waits inside', async () => {
    const code =
      'import { writeSync } from "node:fs"\nconst piece = Buffer.alloc(65536, "x")\nexport const run = () => { for (;;) try { writeSync(4, piece) } catch {} }'
    const { sandbox, session } = await start('typescript', code)
    const before = process.memoryUsage().rss
    const call = session.call('run', [], 'json').catch(() => {})
    sandbox.rpc.pause()
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000)
    await sandbox.kill()
    sandbox.rpc.destroy()
    await call
  })

  test('a submission that reads nothing can not hold up its end', async () => {
    const { sandbox, session } = await start('python', 'import os\ndef run(*args):\n  while True: pass')
    const call = session.call('run', [], 'json').catch(() => {})
    await sandbox.pause()
    for (let n = 0; n < 5; n++) void session.call('run', ['x'.repeat(4_000_000)], 'json').catch(() => {})
    await sandbox.kill()
    await call
    expect(await sandbox.ended).toEqual(killed)
  })
})

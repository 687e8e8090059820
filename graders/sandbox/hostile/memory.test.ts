import { describe, expect, test } from 'vitest'
import type { Language } from '../../exercise.ts'
import { start } from '../started.ts'
import { play } from './play.ts'

describe('memory', () => {
  const cases: [string, Language, string][] = [
    [
      'of the heap',
      'typescript',
      'const kept: unknown[] = []\nexport const run = () => { for (;;) kept.push(new Array(1e5).fill(kept.length)) }',
    ],
    [
      'outside the heap',
      'typescript',
      'const kept: unknown[] = []\nexport const run = () => { for (;;) kept.push(Buffer.alloc(1e7, 1)) }',
    ],
    ['of the heap', 'python', 'def run():\n  kept = []\n  while True: kept.append(bytearray(10**7))'],
    [
      'of a child that exits 0 for its parent',
      'python',
      'import subprocess, sys\ndef run():\n  subprocess.run([sys.executable, "-c", "x = bytearray(10**9)"])\n  return 1',
    ],
    [
      'of a child',
      'typescript',
      'import { spawnSync } from "node:child_process"\nexport const run = () => { spawnSync(process.execPath, ["-e", "const k = []; for (;;) k.push(Buffer.alloc(1e7, 1))"]); return 1 }',
    ],
    [
      'of a shared folder',
      'python',
      'import os\ndef run():\n  kept = []\n  for i in range(10**6): f = os.memfd_create("m"); [os.write(f, b"x" * 10**6) for _ in range(15)]',
    ],
  ]
  test.each(cases)('%s, in %s, is seen to have run out', async (_name, language, code) => {
    const started = await start(language, code)
    expect(await play(started, 10_000)).toMatchObject({ oomKilled: true, outputLimit: false })
  })

  test("of the kernel that is counted by user is nobody else's", async () => {
    const code = `
import ctypes
libc, held = ctypes.CDLL(None), []
def run(most):
    while len(held) < most and (descriptor := libc.inotify_init()) >= 0: held.append(descriptor)
    return len(held)`
    const [greedy, other] = await Promise.all([start('python', code), start('python', code)])
    const taken = (await greedy.session.call('run', [10_000], 'int')) as number
    expect(taken).toBeLessThan(10_000)
    expect(await other.session.call('run', [taken], 'int')).toBe(taken)
    await Promise.all([greedy.sandbox.kill(), other.sandbox.kill()])
  })

  test('of a folder ends at the size of the folder', async () => {
    const code = `
import { writeFileSync } from 'node:fs'
const attempt = (path: string) => { try { writeFileSync(path, Buffer.alloc(12e6)); return 'written' } catch (error) { return (error as any).code } }
export const run = () => ['/box/a', '/tmp/a', '/tmp/b', '/tmp/c', '/etc/a', '/runner/a', '/node_modules/a'].map(attempt)`
    const { sandbox, session } = await start('typescript', code)
    const answers = await session.call('run', [], { list: 'string' })
    expect(answers).toEqual(['ENOSPC', 'written', 'ENOSPC', 'ENOSPC', 'EROFS', 'EROFS', 'EROFS'])
    await sandbox.kill()
  })
})

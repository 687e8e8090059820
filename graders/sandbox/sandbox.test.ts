import { describe, expect, test } from 'vitest'
import type { Language } from '../exercise.ts'
import { BadResult, RemoteError, SandboxExit } from './errors.ts'
import { start } from './started.ts'

/** The same things said in both languages: an honest submission notices nothing of where it runs. */
const code: Record<Language, string> = {
  typescript: `
import { execSync } from 'node:child_process'
import { Worker } from 'node:worker_threads'
console.log('a line from the top of the module')
export const echo = (value: unknown) => value
export const values = () => ({
  whole: 90071992547409930n, exact: '1.20', at: new Date('2026-01-02T03:04:05.678Z'), bytes: new Uint8Array([0, 255]),
  tags: new Set(['a', 'b']), none: undefined, odd: Number.NaN, dollar: { $: 'bigint', v: 'no tag' },
})
export const refuse = () => { throw Object.assign(new Error('sold out'), { code: 'SOLD_OUT', data: { left: 0n } }) }
export async function ask(hooks: { load(key: string): Promise<unknown> }) {
  try { return await hooks.load('k') } catch (error) { return (error as { code: string }).code }
}
class Counter { #n = 0; async addUp(by: number) { return BigInt(this.#n += by) } async stop() { console.log('stopped at', this.#n) } }
export const openCounter = async () => new Counter()
export const prints = () => { console.log('out'); console.error('err'); execSync('echo child', { stdio: 'inherit' }) }
export const nothing = () => {}
export const now = () => Date.now()
export const circle = () => { const a: unknown[] = []; a.push(a); return a }
export const huge = () => 'x'.repeat(9_000_000)
export const many = () => Array.from({ length: 300_000 }, () => 1)
export const unreturnable = () => Symbol('s')
export const flock = async (hook: (n: number) => Promise<number>) =>
  (await Promise.all(Array.from({ length: 1_500 }, (_, n) => hook(n)))).length
export const thread = () => new Promise((resolve, reject) => {
  const worker = new Worker('require("node:worker_threads").parentPort.postMessage(41 + 1)', { eval: true })
  worker.once('message', resolve)
  worker.once('error', reject)
})
`,
  python: `
import asyncio, datetime, decimal, subprocess, threading
print('a line from the top of the module')
def echo(value): return value
def values():
    at = datetime.datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=datetime.timezone.utc)
    return {'whole': 90071992547409930, 'exact': decimal.Decimal('1.20'), 'at': at, 'bytes': b'\\x00\\xff',
            'tags': {'a', 'b'}, 'none': None, 'odd': float('nan'), 'dollar': {'$': 'bigint', 'v': 'no tag'}}
class Refused(Exception):
    code, data = 'SOLD_OUT', {'left': 0}
def refuse(): raise Refused('sold out')
def ask(hooks):
    try: return hooks['load']('k')
    except Exception as error: return error.code
class Counter:
    def __init__(self): self.n = 0
    async def add_up(self, by):
        self.n += by
        return self.n
    def stop(self): print('stopped at', self.n)
async def open_counter(): return Counter()
def prints():
    import sys
    print('out'); print('err', file=sys.stderr); subprocess.run(['echo', 'child'])
def nothing(): pass
def now(): return int(datetime.datetime.now(datetime.timezone.utc).timestamp() * 1000)
def circle():
    a = []
    a.append(a)
    return a
def huge(): return 'x' * 9_000_000
def many(): return [1] * 300_000
def unreturnable(): return (n for n in [])
async def flock(hook): return len(await asyncio.gather(*[hook(n) for n in range(1_500)]))
def thread():
    box = []
    other = threading.Thread(target=lambda: box.append(42))
    other.start(); other.join()
    return box[0]
`,
}
const functions = [
  'echo',
  'values',
  'refuse',
  'ask',
  'openCounter',
  'prints',
  'nothing',
  'now',
  'circle',
  'huge',
  'many',
]
functions.push('unreturnable', 'flock', 'thread')

describe.each(['typescript', 'python'] as const)('a submission in %s', (language) => {
  const honest = (clockSkewMs = 0) => start(language, code[language], { functions, clockSkewMs })
  const file = language === 'python' ? 'solution.py' : 'solution.ts'

  test('is called, called back and shut down, and leaves nothing', async () => {
    const { sandbox, session, load } = await honest()
    expect(load).toEqual({ outcome: 'loaded', message: null })

    const record = { whole: 'bigint', exact: 'decimal', at: 'instant', bytes: 'bytes' } as const
    const tags = { set: 'string' } as const
    const dollar = { map: 'string' } as const
    const schema = { record: { ...record, tags, none: { optional: 'int' as const }, odd: 'float' as const, dollar } }
    expect(await session.call('values', [], schema)).toEqual({
      whole: 90071992547409930n,
      exact: '1.20',
      at: new Date('2026-01-02T03:04:05.678Z'),
      bytes: new Uint8Array([0, 255]),
      tags: new Set(['a', 'b']),
      odd: Number.NaN,
      dollar: { $: 'bigint', v: 'no tag' },
    })
    expect(await session.call('nothing', [], 'none')).toBeUndefined()
    expect(await session.call('thread', [], 'int')).toBe(42)

    const counter = (await session.call('openCounter', [], { handle: { addUp: 'bigint', stop: 'none' } })) as {
      addUp(by: number): Promise<bigint>
    }
    await counter.addUp(2)
    expect(await counter.addUp(3)).toBe(5n)
    for (const stop of session.forgottenHandles()) await stop()
    // What is printed comes by another pipe than the answer, and may be later.
    await expect.poll(() => sandbox.output().text).toContain('stopped at 5')

    expect(await sandbox.memoryBytes()).toBeGreaterThan(5_000_000)
    await sandbox.kill()
    expect(await sandbox.ended).toEqual({
      exitedByItself: false,
      killedByStranger: false,
      exitCode: 137,
      oomKilled: false,
      outputLimit: false,
    })
  })

  test('gets every kind of value back as it was sent', async () => {
    const { sandbox, session } = await honest()
    const sent = {
      big: 2n ** 80n,
      at: new Date(5),
      bytes: new Uint8Array([1]),
      set: new Set([1, 2]),
      text: 'ü𝄞\u0000"',
    }
    const schema = {
      record: { big: 'bigint', at: 'instant', bytes: 'bytes', set: { set: 'int' }, text: 'string' },
    } as const
    expect(await session.call('echo', [sent], schema)).toEqual(sent)
    expect(await session.call('echo', [undefined], { optional: 'int' })).toBeUndefined()
    expect(await session.call('echo', [Number.POSITIVE_INFINITY], 'float')).toBe(Number.POSITIVE_INFINITY)
    await sandbox.kill()
  })

  test('throws with code, data and its own lines', async () => {
    const { sandbox, session } = await honest()
    const error = await session.call('refuse', [], 'none').catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(RemoteError)
    expect(error).toMatchObject({ message: 'sold out', code: 'SOLD_OUT' })
    expect(String((error as RemoteError).trace)).toMatch(new RegExp(`^refuse \\(${file.replace('.', '\\.')}:\\d+`))
    expect(Object.values((error as RemoteError).data as object).map(BigInt)).toEqual([0n])
    await sandbox.kill()
  })

  test('calls functions of the test, and sees what they throw', async () => {
    const { sandbox, session } = await honest()
    const load = async (key: string) => `${key}!`
    const gone = async () => {
      throw Object.assign(new Error('gone'), { code: 'GONE' })
    }
    expect(await session.call('ask', [{ load }], 'string')).toBe('k!')
    expect(await session.call('ask', [{ load: gone }], 'string')).toBe('GONE')
    expect(await session.call('flock', [async (n: number) => n], 'int')).toBe(1_500)
    expect(session.violation).toBeNull()
    await sandbox.kill()
  })

  test('prints, and so do its children, without touching the wire', async () => {
    const { sandbox, session } = await honest()
    await session.call('prints', [], 'none')
    await session.call('nothing', [], 'none')
    await sandbox.kill()
    const lines = sandbox.output().text.trim().split('\n')
    expect(lines.toSorted()).toEqual(['a line from the top of the module', 'child', 'err', 'out'])
  })

  test('is told in words what it can not return', async () => {
    const { sandbox, session } = await honest()
    await expect(session.call('circle', [], 'json')).rejects.toThrow('in a circle')
    await expect(session.call('huge', [], 'json')).rejects.toThrow('8388608 are allowed')
    await expect(session.call('many', [], 'json')).rejects.toThrow('more than 249000 values')
    await expect(session.call('unreturnable', [], 'json')).rejects.toThrow("can't be returned")
    await expect(session.call('now', [], 'string')).rejects.toThrow(BadResult)
    expect(session.violation).toBeNull()
    await sandbox.kill()
  })

  test('can have a clock that is wrong', async () => {
    const hourMs = 3_600_000
    const { sandbox, session } = await honest(hourMs)
    const now = (await session.call('now', [], 'int')) as number
    expect(now - Date.now()).toBeGreaterThan(hourMs - 60_000)
    expect(now - Date.now()).toBeLessThan(hourMs + 60_000)
    expect(await session.call('echo', [new Date(5)], 'instant')).toEqual(new Date(5))
    await sandbox.kill()
  })

  test('stands still while paused', async () => {
    const { sandbox, session } = await honest()
    await sandbox.pause()
    let answered = false
    const call = session.call('nothing', [], 'none').then(() => {
      answered = true
    })
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(answered).toBe(false)
    await sandbox.unpause()
    await call
    await sandbox.pause()
    await sandbox.kill()
    expect(await sandbox.ended).toMatchObject({ exitedByItself: false })
  })

  test('that is killed rejects its open calls', async () => {
    const { sandbox, session } = await honest()
    const call = session.call('ask', [{ load: () => new Promise(() => {}) }], 'string')
    await sandbox.kill()
    await expect(call).rejects.toThrow(SandboxExit)
  })
})

describe('a submission that can not be loaded', () => {
  const cases: [string, Language, string, 'compile-error' | 'runtime-error' | 'deadline', RegExp][] = [
    [
      'enum',
      'typescript',
      'const a = 1\nenum Color { Red }\nexport const run = () => 1',
      'compile-error',
      /enum is not supported[\s\S]*solution\.ts:2/,
    ],
    ['syntax', 'typescript', 'export const run = () => {', 'compile-error', /solution\.ts:1/],
    [
      'a name declared twice',
      'typescript',
      'let a = 1\nlet a = 2\nexport const run = () => a',
      'compile-error',
      /already been declared[\s\S]*solution\.ts:2:5\nlet a = 2$/,
    ],
    ['an export that is missing', 'typescript', 'export const other = () => 1', 'compile-error', /run is not there/],
    [
      'an import that throws',
      'typescript',
      'export const run = () => 1\nJSON.parse("{")',
      'runtime-error',
      /SyntaxError[\s\S]*solution\.ts:2:6/,
    ],
    ['an unknown package', 'typescript', 'import "left-pad"\nexport const run = () => 1', 'runtime-error', /left-pad/],
    [
      'a top that never ends',
      'typescript',
      'await new Promise(() => setInterval(() => {}, 1e6))\nexport const run = () => 1',
      'deadline',
      /null/,
    ],
    ['syntax', 'python', 'def run(:\n  pass', 'compile-error', /SyntaxError[\s\S]*solution\.py:1:9\ndef run\(:$/],
    [
      'indentation',
      'python',
      'def run():\n  x = 1\n    y = 2',
      'compile-error',
      /IndentationError[\s\S]*solution\.py:3/,
    ],
    ['an export that is missing', 'python', 'def other(): pass', 'compile-error', /run is not there/],
    ['an import that throws', 'python', 'x = 1\nx / 0', 'runtime-error', /ZeroDivisionError[\s\S]*solution\.py:2/],
    ['an unknown package', 'python', 'import left_pad', 'runtime-error', /left_pad/],
    ['a top that never ends', 'python', 'while True: pass', 'deadline', /null/],
  ]
  test.each(cases)('%s, in %s', async (_name, language, text, outcome, message) => {
    const { sandbox, load } = await start(language, text)
    expect(load.outcome).toBe(outcome)
    expect(String(load.message)).toMatch(message)
    await sandbox.kill()
  })
})

describe('drivers', () => {
  test.each([
    [
      'typescript',
      [
        'pg',
        'ioredis',
        'mongodb',
        '@aws-sdk/client-dynamodb',
        '@aws-sdk/client-dynamodb-streams',
        '@aws-sdk/lib-dynamodb',
      ],
    ],
    ['python', ['psycopg2', 'asyncpg', 'redis', 'pymongo', 'motor', 'boto3']],
  ] as const)('of %s are loaded before the submission comes', async (language, drivers) => {
    const imports = drivers.map((driver) => (language === 'python' ? `import ${driver}` : `import '${driver}'`))
    const run = language === 'python' ? 'def run(): return 1' : 'export const run = () => 1'
    const { sandbox, session } = await start(language, [...imports, run].join('\n'), { drivers: [...drivers] })
    expect(await session.call('run', [], 'int')).toBe(1)
    await sandbox.kill()
  })
})

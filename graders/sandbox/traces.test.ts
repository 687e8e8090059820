import { expect, test } from 'vitest'
import type { Language } from '../exercise.ts'
import { RemoteError } from './errors.ts'
import { start } from './started.ts'

/** A failure names the learner's own lines, whatever lies between them and the call: promises, threads, callbacks, causes. */

type Case = [what: string, language: Language, code: string, name: string, trace: string]

const cases: Case[] = [
  [
    'behind awaits',
    'typescript',
    `const deep = async () => { await null
  throw new TypeError('deep') }
export async function run() {
  await deep()
}`,
    'TypeError',
    'deep (solution.ts:2:9)\nrun (solution.ts:4:3)',
  ],
  [
    'inside a callback of a library',
    'typescript',
    `export const run = () => new Promise((resolve, reject) => setTimeout(() => {
  try { [1].map(broken) } catch (error) { reject(error) }
}, 1))
function broken() {
  return null.field
}`,
    'TypeError',
    'broken (solution.ts:5:15)\nTimeout._onTimeout (solution.ts:2:13)',
  ],
  [
    'with a chain of causes',
    'typescript',
    `export function run() {
  try { JSON.parse('{') } catch (cause) {
    throw new Error('outer', { cause })
  }
}`,
    'Error',
    'run (solution.ts:3:11)\ncaused by SyntaxError: Expected property name',
  ],
  [
    'of several at once',
    'typescript',
    `export const run = () => Promise.any([Promise.reject(new RangeError('first'))])`,
    'AggregateError',
    '\ncaused by RangeError: first\nrun (solution.ts:1:54)',
  ],
  [
    'behind awaits',
    'python',
    `async def deep():
    raise TypeError('deep')
async def run():
    await deep()`,
    'TypeError',
    'deep (solution.py:2)\nrun (solution.py:4)',
  ],
  [
    'in a thread of its own pool',
    'python',
    `from concurrent.futures import ThreadPoolExecutor
def broken(n):
    return [][n]
def run():
    with ThreadPoolExecutor() as pool:
        return list(pool.map(broken, [1]))`,
    'IndexError',
    'broken (solution.py:3)\nrun (solution.py:6)',
  ],
  [
    'from another error',
    'python',
    `def inner():
    raise KeyError('k')
def run():
    try:
        inner()
    except KeyError as error:
        raise ValueError('v') from error`,
    'ValueError',
    "run (solution.py:7)\ncaused by KeyError: 'k'\ninner (solution.py:2)\nrun (solution.py:5)",
  ],
  [
    'while another one was handled',
    'python',
    `def run():
    try:
        1 / 0
    except ZeroDivisionError:
        None.field`,
    'AttributeError',
    'run (solution.py:5)\nwhile handling ZeroDivisionError: division by zero\nrun (solution.py:3)',
  ],
  [
    'of a task group',
    'python',
    `import asyncio
async def broken():
    raise ValueError('first')
async def run():
    async with asyncio.TaskGroup() as group:
        group.create_task(broken())`,
    'ExceptionGroup',
    'run (solution.py:5)\ncaused by ValueError: first\nbroken (solution.py:3)',
  ],
]

test.each(cases)('an error %s (%s)', async (_, language, code, name, trace) => {
  const { session, load } = await start(language, code)
  expect(load).toEqual({ outcome: 'loaded', message: null })
  const error = await session.call('run', [], 'json').catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(RemoteError)
  expect(error).toMatchObject({ name, trace: expect.stringContaining(trace) })
})

test.each([
  ['typescript', 'export const other = 1', 'getOrLoad'],
  ['python', 'def getOrLoad(): pass', 'get_or_load'],
] as const)('a missing function is named as %s spells it', async (language, code, name) => {
  const { load } = await start(language, code, { functions: ['getOrLoad'] })
  expect(load).toEqual({ outcome: 'compile-error', message: `The function ${name} is not there.` })
})

test.each([
  [
    'typescript',
    `export const run = () => { setTimeout(() => { boom() }, 1); return new Promise(() => {}) }
function boom() { throw new Error('later', { cause: new Error('sooner') }) }`,
    /Uncaught Error: later\n {4}boom \(solution\.ts:2:25\)[\s\S]*caused by Error: sooner/,
  ],
  [
    'python',
    `import threading
def boom(): raise ValueError('in a thread')
def run():
    thread = threading.Thread(target=boom)
    thread.start()
    thread.join()`,
    /solution\.py", line 2, in boom[\s\S]*ValueError: in a thread/,
  ],
] as const)('one that nobody catches is printed with its lines (%s)', async (language, code, printed) => {
  const { sandbox, session } = await start(language, code)
  await session.call('run', [], 'none').catch(() => {})
  await expect.poll(() => sandbox.output().text).toMatch(printed)
  await sandbox.kill()
})

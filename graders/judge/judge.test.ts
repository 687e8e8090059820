import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { adder, allNames, folder, judge, reference, suite, writeSuite } from './judge-fixture.ts'
import type { JudgeEvent, JudgeOrder } from './order.ts'

const replacing = (from: string, to: string) => {
  expect(reference).toContain(from)
  return reference.replace(from, to)
}

describe('a suite against a submission', () => {
  test('passes the reference, with an event for each test as it ends', async () => {
    const { report, events } = await judge(reference)
    expect(report.load).toEqual({ outcome: 'loaded', message: null })
    expect(report.tests.map(({ name, outcome }) => [name, outcome])).toEqual(allNames.map((name) => [name, 'passed']))
    expect(events[0]?.type).toBe('loaded')
    const ended = events.flatMap((event) => (event.type === 'test-ended' ? [event.result.name] : []))
    expect(ended.toSorted()).toEqual(allNames.toSorted())
    expect(report.protocolViolation).toBeNull()
    expect(report.suiteDeadline).toBe(false)
  })

  test('passes a Python reference by the same suite', async () => {
    const code = readFileSync(`${folder}reference/solution.py`, 'utf8')
    const { outcome } = await judge(code, { language: 'python' })
    expect(new Set(Object.values(outcome))).toEqual(new Set(['passed']))
  })

  test('fails a wrong one by the test that looks, and keeps expected values from the learner', async () => {
    const { outcome, result } = await judge(replacing(': { total, note }', ': { total: total + 1n, note }'))
    expect(outcome).toEqual({ ...passed(), describes_the_total: 'failed' })
    const { message, detail, cause } = result('describes_the_total') ?? {}
    expect(cause).toBe('assertion')
    expect(message).toBeNull()
    expect(detail).toMatch(/deeply equal[\s\S]*expected: /)
  })

  test("shows the submission's own error with its own lines", async () => {
    const { result } = await judge(replacing("code: 'NOTHING'", "code: 'EMPTY'"))
    const { cause, message, detail } = result('refuses_an_empty_list') ?? {}
    expect(cause).toBe('assertion')
    expect(message).toMatch(/^Error \[EMPTY\]: nothing to add\n.*solution\.ts:9:/)
    expect(detail).toContain('expected a rejection with code NOTHING')
  })

  test('says where a result does not fit its declaration', async () => {
    const { result } = await judge(replacing('? { total }', '? { total: [total] }'))
    const { cause, message } = result('describes_the_total') ?? {}
    expect(cause).toBe('submission-error')
    expect(message).toContain('result.total: expected a decimal, got a list')
  })

  test('lets no assertion that fails inside a callback go unseen', async () => {
    const swallowing = replacing('await source(); part !== null', 'await source().catch(() => null); part !== null')
    const source = `test('looks', async () => { await submission.call('addAll', async () => { expect(1).toBe(2); return null }) })`
    const { result } = await judge(swallowing, suite(source, ['looks']))
    expect(result('looks')).toMatchObject({ outcome: 'failed', cause: 'assertion', message: null })
  })

  test('lets nothing that a failed test started and could not stop meet the next test', async () => {
    const code = `
      let running = 0
      export async function start() { running++; return { stop: () => new Promise(() => {}) } }
      export const count = async () => running`
    const names = ['one', 'two']
    const source = names.map(
      (name) => `test('${name}', async () => {
        const before = await submission.call('count')
        await submission.call('start')
        expect(before).toBe('nothing')
      })`,
    )
    const order = suite(source.join('\n'), names)
    const functions = [
      { name: 'start', result: { handle: { stop: 'none' as const } } },
      { name: 'count', result: 'int' as const },
    ]
    const { report } = await judge(code, { ...order, exercise: { ...adder, ...order.exercise, functions } })
    for (const { detail } of report.tests) expect(detail).toContain('actual: 0')
  })

  test('ends a test that hangs, and goes on with a fresh process', async () => {
    const { outcome, result } = await judge(
      replacing('if (source.length === 0)', 'if (source.length === 0) for (;;);\n  if (false)'),
    )
    expect(outcome).toEqual({ ...passed(), refuses_an_empty_list: 'timed-out' })
    expect(result('refuses_an_empty_list')).toMatchObject({
      cause: 'deadline',
      message: 'The test did not end within 1500 ms.',
    })
  })

  test('does not run the rest after two tests hit their deadline', async () => {
    const { report } = await judge(
      replacing('export async function addAll(source: Source): Promise<bigint> {', '$& for (;;);'),
    )
    const count = (outcome: string) => report.tests.filter((one) => one.outcome === outcome).length
    expect(count('timed-out')).toBe(2)
    expect(count('passed') + count('not-run')).toBe(allNames.length - 2)
  })

  test('replaces a process that dies, at most three times', async () => {
    const dying = replacing('export async function addAll(source: Source): Promise<bigint> {', '$& process.exit(0);')
    const source = ['one', 'two', 'three', 'four', 'five']
      .map((name) => `test('${name}', async () => { await submission.call('addAll', [1]) })`)
      .join('\n')
    const { report } = await judge(dying, suite(source, ['one', 'two', 'three', 'four', 'five']))
    const causes = report.tests.map((one) => one.cause)
    expect(causes.filter((cause) => cause === 'sandbox-exit')).toHaveLength(4)
    expect(report.tests.filter((one) => one.outcome === 'not-run')).toHaveLength(1)
  })

  test('ends calls that a test left open, so that the next test meets a fresh process', async () => {
    // More of them than a failing submission would be given.
    const names = ['one', 'two', 'three', 'four', 'five', 'six']
    const source = names
      .map(
        (name) => `test('${name}', () => void submission.call('addAll', () => new Promise(() => {})).catch(() => {}))`,
      )
      .join('\n')
    const { outcome } = await judge(reference, suite(source, names))
    expect(outcome).toEqual(Object.fromEntries(names.map((name) => [name, 'passed'])))
  })

  test('runs the same order and the same draws from the same seed', async () => {
    const source = ['a', 'b', 'c', 'd', 'e', 'f']
      .map((name) => `test('${name}', () => { throw new RangeError(random.name()) })`)
      .join('\n')
    const order = suite(source, ['a', 'b', 'c', 'd', 'e', 'f'])
    const run = async (seed: string) => {
      const { events, report } = await judge(reference, { ...order, seed })
      return {
        order: events.flatMap((event) => (event.type === 'test-started' ? [event.name] : [])),
        drawn: report.tests.map((one) => one.detail?.split('\n')[0]),
      }
    }
    const first = await run('one')
    expect(await run('one')).toEqual(first)
    const other = await run('two')
    expect(other.order).not.toEqual(first.order)
    expect(other.drawn).not.toEqual(first.drawn)
  })
})

describe('a submission that cannot be loaded', () => {
  test.each([
    ['enum Level { Low }', 'compile-error', /enum/],
    ['export const addAll = (', 'compile-error', /SyntaxError: Expression expected/],
    ['export const addAll = () => 1n', 'compile-error', /describeTotal is not there/],
    ['throw new Error("not today")', 'runtime-error', /not today/],
    ['process.exit(0)', 'runtime-error', /ended while loading/],
    ['for (;;);', 'deadline', null],
  ])('%s is a %s', async (code, outcome, message) => {
    const { report } = await judge(code, { exercise: { ...adder, limits: { ...adder.limits, loadMs: 1_000 } } })
    expect(report.load.outcome).toBe(outcome)
    if (message) expect(report.load.message).toMatch(message)
    expect(new Set(report.tests.map((one) => one.outcome))).toEqual(new Set(['not-run']))
    expect(report.tests).toHaveLength(allNames.length)
  })
})

describe('a part of a suite', () => {
  test('only the tests that are asked for', async () => {
    const { outcome } = await judge(reference, { only: ['adds_exactly', 'stops_counting'] })
    expect(outcome).toEqual({ adds_exactly: 'passed', stops_counting: 'passed' })
  })

  test('nothing after the first failure when that is enough', async () => {
    const { report } = await judge('export const addAll = () => 0n, describeTotal = addAll, countTo = addAll', {
      stopAtFirstFailure: true,
    })
    expect(report.tests.filter((one) => one.outcome === 'failed')).toHaveLength(1)
    expect(report.tests.filter((one) => one.outcome === 'not-run').length).toBeGreaterThan(0)
  })

  test('nothing after the deadline of the suite', async () => {
    const source = ['a', 'b', 'c']
      .map((name) => `test('${name}', () => new Promise((resolve) => setTimeout(resolve, 700)))`)
      .join('\n')
    const { report } = await judge(reference, suite(source, ['a', 'b', 'c'], { suiteMs: 1_000 }))
    expect(report.suiteDeadline).toBe(true)
    expect(report.tests.map((one) => one.outcome).toSorted()).toEqual(['not-run', 'passed', 'timed-out'])
    expect(report.tests.find((one) => one.outcome === 'timed-out')?.cause).toBe('deadline')
  })
})

describe('a suite that is broken is never blamed on the submission', () => {
  test.each([
    ['a test that exercise.yaml does not list', `test('a', () => {}); test('b', () => {})`, ['a'], /too many.*b/],
    ['a listed test that is missing', `test('a', () => {})`, ['a', 'b'], /lacks b/],
    ['a test named twice', `test('a', () => {}); test('a', () => {})`, ['a'], /repeats.*a/],
    ['a skipped test', `test.skip('a', () => {})`, ['a'], /may not be skipped/],
    ['an only', `test.only('a', () => {}); test('b', () => {})`, ['a', 'b'], /./],
    ['an error at import', `throw new Error('half written')`, ['a'], /half written/],
    ['an unknown function', `test('a', () => submission.call('subtract'))`, ['a'], /declares no function subtract/],
    [
      'a set-up that throws',
      `import { beforeAll } from 'vitest'; beforeAll(() => { throw new Error('no set-up') }); test('a', () => {})`,
      ['a'],
      /no set-up/,
    ],
  ])('%s', async (_, source, names, detail) => {
    const { report } = await judge(reference, suite(source, names))
    const faults = report.tests.filter((one) => one.cause === 'judge')
    expect(faults.length).toBeGreaterThan(0)
    expect(faults[0]?.detail).toMatch(detail)
    expect(faults[0]?.message).toBeNull()
  })
})

describe('a sample', () => {
  const sample = (source: string): Partial<JudgeOrder> => ({
    suite: 'sample',
    suiteFile: writeSuite('sample.test.ts', source),
  })
  const linesOf = (events: JudgeEvent[]) => events.flatMap((event) => (event.type === 'shown' ? [event.line] : []))

  test('shows values and errors in their order and goes on after an error', async () => {
    const source = `test('sample', async () => {
      await show('sum', submission.call('addAll', [1n, 2n]))
      await show('no list', submission.call('addAll', 7))
      await show('nothing', submission.call('addAll', []))
      show('nested', { at: new Date(0), raw: new Uint8Array([1, 255]), big: 5n, none: null })
    })`
    const { report, events } = await judge(reference, sample(source))
    expect(report.tests).toMatchObject([{ name: 'sample', outcome: 'passed' }])
    expect(linesOf(events)).toMatchObject([
      { label: 'sum', kind: 'value', text: '3n' },
      { label: 'no list', kind: 'error', text: expect.stringMatching(/TypeError.*\n.*solution\.ts:\d+/) },
      { label: 'nothing', kind: 'error', code: 'NOTHING', text: expect.stringMatching(/\ndata: \{ given: 0 \}$/) },
      {
        label: 'nested',
        text: '{ at: 1970-01-01T00:00:00.000Z, raw: bytes(2) 01 ff, big: 5n, none: null }',
      },
    ])
  })

  test('imports what lies beside it', async () => {
    const order = sample(`import { ann } from './fixture.ts'\ntest('sample', async () => show('ann', ann))`)
    const beside = join(order.suiteFile ?? '', '../fixture.ts')
    writeFileSync(beside, `export const ann: { name: string } = { name: 'Ann' }`)
    const { events } = await judge(reference, order)
    expect(linesOf(events)).toMatchObject([{ label: 'ann', text: '{ name: "Ann" }' }])
  })

  test('shows a bounded part of what is endless', async () => {
    const source = `test('sample', async () => {
      await show('long', 'x'.repeat(1e6))
      await show('wide', Array.from({ length: 1e5 }, (_, i) => i))
      for (let i = 0; i < 1000; i++) await show('line ' + i, 'y'.repeat(900))
    })`
    const { events } = await judge(reference, sample(source))
    const lines = linesOf(events)
    expect(lines.length).toBeLessThanOrEqual(100)
    expect(lines.slice(0, 2).map(({ truncated }) => truncated)).toEqual([true, true])
    expect(lines.reduce((sum, { text }) => sum + text.length, 0)).toBeLessThanOrEqual(65_536)
  })

  test('an error that is not of the submission ends it, and a hidden suite shows nothing', async () => {
    const { report } = await judge(
      reference,
      sample(`test('sample', () => show('x', Promise.reject(new Error('mine'))))`),
    )
    expect(report.tests).toMatchObject([{ outcome: 'failed', cause: 'judge', detail: /mine/ }])
    const hidden = await judge(reference, suite(`test('a', () => show('x', 1))`, ['a']))
    expect(hidden.report.tests).toMatchObject([{ outcome: 'failed', cause: 'judge', detail: /sample.test.ts/ }])
  })
})

test('an answer that the suite stumbles over is a failed test', async () => {
  const source = `test('a', async () => { (await submission.call('addAll', [1, 2])).rows[0].id })`
  const { report } = await judge(reference, suite(source, ['a']))
  expect(report.tests).toMatchObject([{ outcome: 'failed', cause: 'assertion', message: null, detail: /TypeError/ }])
})

const passed = () => Object.fromEntries(allNames.map((name) => [name, 'passed']))

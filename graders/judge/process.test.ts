import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { adder, judge, newJudge, noEngines, reference, suite } from './judge-fixture.ts'
import { openLocalHost } from './local-host.ts'
import type { JudgeHost } from './order.ts'
import { JudgeCrashed } from './process.ts'

describe("the judge's process", () => {
  test('rejects as crashed when it is killed in the middle', async () => {
    const local = openLocalHost('typescript', noEngines)
    onTestFinished(() => local.close())
    const process = newJudge()
    const started = Promise.withResolvers<void>()
    const order = suite(`test('a', () => new Promise(() => {}))`, ['a'], { testMs: 20_000 })
    const run = process.run(
      {
        suite: 'hidden',
        suiteFile: '',
        exercise: adder,
        language: 'typescript',
        code: reference,
        seed: 's',
        engines: [],
        ...order,
      },
      local,
      (event) => event.type === 'test-started' && started.resolve(),
    )
    await started.promise
    await process.kill()
    await expect(run).rejects.toBeInstanceOf(JudgeCrashed)
    await expect(run).rejects.toMatchObject({ code: 'judge-crashed' })
  })

  test('crashes, and says with what, when the worker cannot open a sandbox', async () => {
    const failing = (host: JudgeHost): JudgeHost => ({
      ...host,
      openSandbox: () => Promise.reject(new Error('no room')),
    })
    await expect(judge(reference, {}, { bend: failing })).rejects.toThrow(/no room/)
  })

  test('sees nothing of the environment of the worker', async () => {
    process.env.DRILLBASE_PROBE = 'secret'
    const source = `test('a', () => { expect(Object.keys(process.env)).toEqual(['NODE_COMPILE_CACHE']) })`
    const { outcome } = await judge(reference, suite(source, ['a']))
    delete process.env.DRILLBASE_PROBE
    expect(outcome).toEqual({ a: 'passed' })
  })

  test('finds the drivers for a suite that lies outside the repository', async () => {
    const source = `import { Client } from 'pg'\ntest('a', () => { expect(typeof Client).toBe('function') })`
    const { outcome } = await judge(reference, suite(source, ['a']))
    expect(outcome).toEqual({ a: 'passed' })
  })
})

describe('a judge that has reported', () => {
  test('rests, and runs other suites as if it had just begun', async () => {
    const process = newJudge()
    const counting = `let calls = 0\ntest('a', () => { void process.stderr.fd; calls++; expect(calls).toBe(1); expect.soft(1).toBe(2) })`
    const first = await judge(reference, suite(counting, ['a']), { process })
    expect(first.outcome).toEqual({ a: 'failed' })
    expect(await process.rest()).toBe(true)
    expect((await judge(reference, {}, { process })).report.tests.every(({ outcome }) => outcome === 'passed')).toBe(
      true,
    )
    expect(await process.rest()).toBe(true)
    // The same file again: it and what lies beside it are read anew.
    const again = suite(counting, ['a'])
    const source = `import { calls } from './fixture.ts'\ntest('a', () => { calls.push(1); expect(calls).toEqual([1]) })`
    writeFileSync(again.suiteFile ?? '', `import { expect, test } from 'vitest'\nimport 'drillbase/kit'\n${source}`)
    writeFileSync(join(dirname(again.suiteFile ?? ''), 'fixture.ts'), 'export const calls: number[] = []\n')
    for (let round = 0; round < 2; round++) {
      expect((await judge(reference, again, { process })).outcome).toEqual({ a: 'passed' })
      expect(await process.rest()).toBe(true)
    }
    expect(process.runs).toBe(4)
  })

  test('does not run again what another run has left: one that cannot rest is killed', async () => {
    const process = newJudge()
    const leaving = `test('a', () => { setInterval(() => {}, 1_000) })`
    expect((await judge(reference, suite(leaving, ['a']), { process })).outcome).toEqual({ a: 'passed' })
    expect(await process.rest()).toBe(false)
    expect(process.isAlive()).toBe(false)
  })

  test('takes one order at a time', async () => {
    const process = newJudge()
    await judge(reference, {}, { process })
    await expect(judge(reference, {}, { process })).rejects.toThrow(/one order/)
  })
})

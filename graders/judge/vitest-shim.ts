import {
  ASYMMETRIC_MATCHERS_OBJECT,
  addCustomEqualityTesters,
  customMatchers,
  type ExpectStatic,
  GLOBAL_EXPECT,
  getState,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  setState,
} from '@vitest/expect'
import * as runner from '@vitest/runner'
import * as chai from 'chai'
import { noteThrown } from './thrown.ts'

/**
 * What a hidden suite gets for 'vitest' inside the judge: the runner and the assertions of vitest without its command line,
 * workers and Vite, which cost a hundred times as much as a run. Absent on purpose: `vi` (nothing of a suite is mocked),
 * `expect.poll` (the kit has `until`), snapshots.
 */
export { afterAll, beforeAll, describe, it, onTestFailed, onTestFinished, suite, test } from '@vitest/runner'
export { assert } from 'chai'

type Hook = (this: unknown, ...args: never[]) => unknown

/** No parameter is declared, because the runner reads a hook's parameters from its source. */
const noting = (hook: Hook): Hook =>
  async function (this: unknown) {
    try {
      // biome-ignore lint/complexity/noArguments: see above
      return await hook.apply(this, [...arguments] as never[])
    } catch (error) {
      noteThrown(runner.getCurrentTest(), error)
      throw error
    }
  }
export const beforeEach = (hook: Hook, timeoutMs?: number) => runner.beforeEach(noting(hook) as never, timeoutMs)
export const afterEach = (hook: Hook, timeoutMs?: number) => runner.afterEach(noting(hook) as never, timeoutMs)

chai.use(JestExtend)
chai.use(JestChaiExpect)
chai.use(JestAsymmetricMatchers)

type Registry = Record<symbol, object>
const state = { assertionCalls: 0, isExpectingAssertions: false, expectedAssertionsNumber: null }

export const expect = Object.assign(
  (value: unknown, message?: string) => {
    const assertion = chai.expect(value, message)
    const test = runner.getCurrentTest()
    return test ? (assertion as unknown as { withTest(test: object): unknown }).withTest(test) : assertion
  },
  chai.expect,
  (globalThis as unknown as Registry)[ASYMMETRIC_MATCHERS_OBJECT],
  {
    assert: chai.assert,
    addEqualityTesters: addCustomEqualityTesters,
    getState: () => getState(expect),
    setState: (changes: object) => setState(changes, expect),
    extend: (matchers: object) =>
      (chai.expect as unknown as { extend(on: unknown, matchers: object): void }).extend(expect, matchers),
    unreachable: (message?: string) => chai.assert.fail(message ?? 'expected not to be reached'),
  },
) as unknown as ExpectStatic

setState(state, expect)
Object.defineProperty(globalThis, GLOBAL_EXPECT, { value: expect, configurable: true })
expect.extend(customMatchers)

import { setTimeout as pause } from 'node:timers/promises'
import type { Rejects, SubmissionError, Until, Within } from './kit-types.ts'

const pollMs = 5

/**
 * A condition that never came true, or a call that did not fail as it should: the test failed, the suite is sound. It carries
 * the name of a failed assertion, because its text too must not reach the submission through a callback.
 */
export class ExpectationError extends Error {
  override name = 'AssertionError'
}

/**
 * Makes the kit's `until`. `isOver()` tells that the test which started waiting has ended (it hit its deadline), so that
 * nothing of it goes on asking beneath the next test.
 */
export function createUntil(currentTest: () => unknown): Until {
  return async (condition, deadlineMs, what = 'the condition') => {
    const test = currentTest()
    const deadline = performance.now() + deadlineMs
    for (;;) {
      const value = await condition()
      if (value) return value as NonNullable<typeof value>
      if (currentTest() !== test) throw new ExpectationError(`the test ended while waiting for ${what}`)
      if (performance.now() >= deadline) throw new ExpectationError(`${what} did not happen within ${deadlineMs} ms`)
      await pause(pollMs)
    }
  }
}

export const rejects: Rejects = async (call, code) => {
  let value: unknown
  try {
    value = await call
  } catch (error) {
    const actual = (error as SubmissionError | null)?.code
    if (actual === code) return error as SubmissionError
    throw new ExpectationError(`expected a rejection with code ${code}, got ${String(actual ?? 'none')}`, {
      cause: error,
    })
  }
  throw new ExpectationError(`expected a rejection with code ${code}, but the call returned ${typeof value}`)
}

export const within: Within = async (call, deadlineMs, what = 'the end of a call') => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new ExpectationError(`${what} did not happen within ${deadlineMs} ms`)), deadlineMs)
  })
  try {
    return await Promise.race([call, late])
  } finally {
    clearTimeout(timer)
  }
}

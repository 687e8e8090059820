import { inspect } from 'node:util'
import { BadResult, ProtocolViolation, RemoteError, SandboxExit } from '../sandbox/errors.ts'
import type { TestResult } from '../verdict.ts'
import { TooMuchLeft } from './handles/reading.ts'

export const maxMessageLength = 4_000
export const maxDetailLength = 16_000

/** A further process of the submission could not be loaded although the first one could. */
export class LoadFailed extends Error {
  override readonly name = 'LoadFailed'
  readonly code = 'LOAD_FAILED'
  readonly data = null
}

/** @vitest/runner (pinned) gives a deadline no code of its own, only this text, which a submission may claim as well. */
export const isTimeout = (error: { message?: string } | null): boolean =>
  !(error instanceof RemoteError) && /^(Test|Hook) timed out in \d+ms/.test(error?.message ?? '')

type Failure = Pick<TestResult, 'cause' | 'message' | 'detail'> & { outcome: 'failed' | 'timed-out' }

/**
 * Why a test failed, from what it threw (the first error decides; later ones are its consequences, except that an inspector who
 * had too much to read knows so only afterwards). `message` is for the
 * learner: the submission's own error, never the text of an assertion. `detail` is for the operator.
 */
export function failureOf(errors: unknown[]): Failure {
  const first = errors.find((error) => error instanceof TooMuchLeft) ?? errors[0]
  const detail = errors.map(detailOf).join('\n---\n').slice(0, maxDetailLength)
  const own = submissionErrorIn(first)
  const message = learnerMessage(first)
  if (isTimeout(first as Error)) {
    const within = /\d+/.exec((first as Error).message)?.[0]
    return { outcome: 'timed-out', cause: 'deadline', message: `The test did not end within ${within} ms.`, detail }
  }
  if (own instanceof SandboxExit) return { outcome: 'failed', cause: 'sandbox-exit', message, detail }
  if (own instanceof ProtocolViolation) return { outcome: 'failed', cause: 'protocol', message, detail }
  if (isAssertion(first) || isAnswerOfEngine(first) || isSlipOfSuite(first))
    return { outcome: 'failed', cause: 'assertion', message, detail }
  if (own !== null && own === first) return { outcome: 'failed', cause: 'submission-error', message, detail }
  return { outcome: 'failed', cause: 'judge', message: null, detail }
}

/** The submission's own error: what was thrown, or what an assertion on a call wraps. */
function submissionErrorIn(error: unknown): Error | null {
  for (let at = error, depth = 0; at instanceof Error && depth < 4; at = at.cause, depth++)
    if (
      [RemoteError, BadResult, SandboxExit, ProtocolViolation, LoadFailed, TooMuchLeft].some(
        (kind) => at instanceof kind,
      )
    )
      return at as Error
  return null
}

/** What a learner may read of an error: the submission's own. Null for anything else. */
export function learnerMessage(error: unknown): string | null {
  const own = submissionErrorIn(error)
  return own === null ? null : messageOf(own).slice(0, maxMessageLength)
}

function messageOf(error: Error): string {
  if (error instanceof SandboxExit) return 'The process of your submission ended during this test.'
  if (error instanceof ProtocolViolation) return 'Your submission wrote to the connection that belongs to the grader.'
  if (error instanceof BadResult) return `What your function returned does not fit: ${error.message}`
  if (!(error instanceof RemoteError)) return error.message
  const code = error.code === null ? '' : ` [${error.code}]`
  return `${error.name}${code}: ${error.message}${error.trace === '' ? '' : `\n${error.trace.trimStart()}`}`
}

/** Matchers complain with a TypeError about a value of another kind (`toMatch` on undefined): that too is a failed check. */
function isAssertion(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (error.name === 'AssertionError') return true
  const thrownAt = error.stack?.split('\n').find((line) => line.trimStart().startsWith('at ')) ?? ''
  return /node_modules\/(@vitest\/(expect|utils)|chai)\//.test(thrownAt)
}

/**
 * The engine was there and answered the inspector with an error, for instance because a table was gone: with a suite that is
 * proved against its references this is the submission's doing; so is its memory (53200), which nobody else uses. A connection
 * that broke, and a disk that is full, is not.
 */
function isAnswerOfEngine(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code, severity, $metadata } = error as {
    code?: unknown
    severity?: unknown
    $metadata?: { httpStatusCode?: number }
  }
  if (severity !== undefined) return typeof code === 'string' && !/^(08|57P|58|XX|531|533)/.test(code)
  if ($metadata !== undefined) return ($metadata.httpStatusCode ?? 500) < 500
  return error.name === 'MongoServerError' || error.name === 'MongoBulkWriteError' || error.name === 'ReplyError'
}

/**
 * The suite's own line stumbled over a value (`rows[0].id` of an empty list). It is proved against its references, so a value
 * that they never give is the submission's doing. An error from deeper down is not: that is the kit or a driver.
 */
function isSlipOfSuite(error: unknown): boolean {
  const slips = [TypeError, RangeError, SyntaxError]
  if (!(error instanceof Error) || !slips.some((kind) => error instanceof kind)) return false
  const frames = error.stack?.split('\n').filter((line) => line.trimStart().startsWith('at ')) ?? []
  const firstWithFile = frames.find((line) => line.includes('file://') || line.includes('/'))
  return firstWithFile !== undefined && /(\.test|\/fixture)\.ts[?:]/.test(firstWithFile)
}

/** Bounded: a failed comparison may hold hundreds of thousands of values. */
function detailOf(error: unknown): string {
  if (!(error instanceof Error)) return inspect(error, bounds)
  const { actual, expected } = error as { actual?: unknown; expected?: unknown }
  const values =
    actual === undefined && expected === undefined
      ? ''
      : `\nexpected: ${inspect(expected, bounds)}\nactual: ${inspect(actual, bounds)}`
  const cause = error.cause === undefined ? '' : `\ncaused by ${detailOf(error.cause)}`
  return `${(error.stack ?? error.message).slice(0, 4_000)}${values.slice(0, 4_000)}${cause}`
}
const bounds = { depth: 4, maxArrayLength: 30, maxStringLength: 500, breakLength: 120 }

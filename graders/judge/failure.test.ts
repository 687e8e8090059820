import { AssertionError } from 'node:assert'
import { describe, expect, test } from 'vitest'
import { BadResult, ProtocolViolation, RemoteError, SandboxExit } from '../sandbox/errors.ts'
import { failureOf, LoadFailed, maxDetailLength, maxMessageLength } from './failure.ts'
import { TooMuchLeft } from './handles/reading.ts'
import { ExpectationError } from './until.ts'

const remote = new RemoteError({
  name: 'TypeError',
  message: 'x is undefined',
  code: 'BROKEN',
  data: null,
  trace: 'transfer (solution.ts:3:1)',
})
const assertion = new AssertionError({ message: 'expected 41 to be 42', actual: 41, expected: 42, operator: 'equal' })
const named = (name: string, properties: object) => Object.assign(new Error(name), { name, ...properties })

const thrownIn = (place: string) =>
  Object.assign(new TypeError('x is undefined'), {
    stack: `TypeError: x is undefined\n    at open (${place})\n    at file:///hidden.test.ts:9:1`,
  })

describe('why a test failed', () => {
  test.each([
    ['a failed assertion', assertion, 'assertion', null],
    ['a condition that never came true', new ExpectationError('the row did not appear'), 'assertion', null],
    [
      'an error of the submission',
      remote,
      'submission-error',
      'TypeError [BROKEN]: x is undefined\ntransfer (solution.ts:3:1)',
    ],
    [
      'an assertion about an error of the submission',
      new ExpectationError('other code', { cause: remote }),
      'assertion',
      /^TypeError \[BROKEN\]/,
    ],
    [
      'an error of the submission in the words of a deadline',
      new RemoteError({ name: 'Error', message: 'Test timed out in 5ms', code: null, data: null, trace: '' }),
      'submission-error',
      /^Error: Test timed out/,
    ],
    [
      'a result that does not fit',
      new BadResult('result.until', 'expected an instant, got a string'),
      'submission-error',
      /result\.until: expected an instant/,
    ],
    ['a process that ended', new SandboxExit(), 'sandbox-exit', /process of your submission ended/],
    [
      'an assertion about a process that ended',
      new ExpectationError('other code', { cause: new SandboxExit() }),
      'sandbox-exit',
      /ended/,
    ],
    ['a frame nobody asked for', new ProtocolViolation('unknown id'), 'protocol', /belongs to the grader/],
    [
      'another process that did not load',
      new LoadFailed('could not be loaded'),
      'submission-error',
      /could not be loaded/,
    ],
    [
      'a constraint that refused the inspector',
      named('error', { severity: 'ERROR', code: '42P01' }),
      'assertion',
      null,
    ],
    [
      'a table that is gone',
      named('ResourceNotFoundException', { $metadata: { httpStatusCode: 400 } }),
      'assertion',
      null,
    ],
    ['a reply of Redis', named('ReplyError', {}), 'assertion', null],
    ['a connection that PostgreSQL ended', named('error', { severity: 'FATAL', code: '57P01' }), 'judge', null],
    ['an inspector without a connection', named('Error', { code: 'ECONNREFUSED' }), 'judge', null],
    ['a value that the suite stumbles over', new TypeError('rows is not iterable'), 'assertion', null],
    [
      'a matcher that is given another kind of value',
      thrownIn('file:///node_modules/@vitest/utils/dist/helpers.js:56:9'),
      'assertion',
      null,
    ],
    ['a slip of the kit or a driver', thrownIn('file:///graders/judge/kit-run.ts:3:1'), 'judge', null],
    ['something that is no error', 'a thrown text', 'judge', null],
  ])('%s', (_, thrown, cause, message) => {
    const failure = failureOf([thrown])
    expect(failure).toMatchObject({ outcome: 'failed', cause })
    if (message === null) expect(failure.message).toBeNull()
    else expect(failure.message).toMatch(message)
  })

  test('a deadline, whatever came after it', () => {
    const failure = failureOf([new Error('Test timed out in 1500ms.\nIf this is long-running'), new SandboxExit()])
    expect(failure).toMatchObject({
      outcome: 'timed-out',
      cause: 'deadline',
      message: 'The test did not end within 1500 ms.',
    })
  })
})

test('too much to read decides, although it is known only after what came of it', () => {
  const broken = new Error('read ECONNRESET')
  const late = new Error('Test timed out in 1500ms.')
  for (const first of [broken, late, assertion])
    expect(failureOf([first, new TooMuchLeft()])).toMatchObject({
      outcome: 'failed',
      cause: 'submission-error',
      message: 'Your submission left more in the database than the grader looks at (16 MiB in a test).',
    })
})

describe('what is written down', () => {
  test('holds expected and actual values for the operator only', () => {
    const { message, detail } = failureOf([assertion])
    expect(message).toBeNull()
    expect(detail).toMatch(/expected 41 to be 42[\s\S]*expected: 42\nactual: 41/)
  })

  test('stays bounded whatever was compared or thrown', () => {
    const huge = Array.from({ length: 200_000 }, (_, n) => ({ n, text: 'x'.repeat(100) }))
    const compared = new AssertionError({ message: 'm'.repeat(1e6), actual: huge, expected: [], operator: 'deepEqual' })
    expect(failureOf([compared]).detail?.length).toBeLessThanOrEqual(maxDetailLength)
    const long = new RemoteError({
      name: 'n'.repeat(1e5),
      message: 'm'.repeat(1e5),
      code: 'c'.repeat(1e5),
      data: null,
      trace: 't'.repeat(1e5),
    })
    expect(failureOf([long]).message?.length).toBeLessThanOrEqual(maxMessageLength)
  })
})

import { expect, test } from 'vitest'
import type { Submission, SubmissionEvent, TestResult } from '../../server/api/contract.ts'
import { isFinal, queuedView, viewOf, withEvent } from './submission-view.ts'

const passed: TestResult = { name: 'one', outcome: 'passed', message: null, hint: null, ms: 3 }
const after = (...events: SubmissionEvent[]) => events.reduce(withEvent, queuedView)

test('tests appear as they start and end', () => {
  const view = after({ type: 'loaded', ms: 40 }, { type: 'test-started', name: 'one' })
  expect(view.status).toBe('running')
  expect(view.tests.get('one')).toBe('running')
  expect(withEvent(view, { type: 'test-ended', test: passed }).tests.get('one')).toEqual(passed)
})

test('a repeated start does not take a result away', () => {
  const view = after({ type: 'test-ended', test: passed }, { type: 'test-started', name: 'one' })
  expect(view.tests.get('one')).toEqual(passed)
})

test('a restart forgets the tests shown so far and says why', () => {
  const view = after({ type: 'test-ended', test: passed }, { type: 'restarted' })
  expect(view.tests.size).toBe(0)
  expect(view.step).toMatch(/again/)
})

test('the final submission is the whole truth', () => {
  const submission = { status: 'done', verdict: 'accepted', tests: [passed] } as Submission
  const view = after({ type: 'test-started', name: 'left over' }, { type: 'final', submission })
  expect(view).toEqual(viewOf(submission))
  expect([...view.tests.keys()]).toEqual(['one'])
  expect(view.final).toBe(submission)
})

test('a stored submission that still runs is not final', () => {
  expect(viewOf({ status: 'running', tests: [passed] } as Submission).final).toBeNull()
  expect((['queued', 'preparing', 'running'] as const).map(isFinal)).toEqual([false, false, false])
  expect((['done', 'cancelled', 'superseded', 'dead'] as const).map(isFinal)).toEqual([true, true, true, true])
})

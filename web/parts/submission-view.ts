import type { Submission, SubmissionEvent, TestResult } from '../../server/api/contract.ts'

/** What a page shows of a submission while it is graded. Built from its events, replaced by the final submission. */
export type SubmissionView = {
  status: Submission['status']
  step: string | null
  /** Every test by name: running, ended, or waiting where it is not listed. */
  tests: Map<string, 'running' | TestResult>
  final: Submission | null
}

export const queuedView: SubmissionView = { status: 'queued', step: null, tests: new Map(), final: null }

/** What is stored of a submission, for a page that opens it later. */
export function viewOf(submission: Submission): SubmissionView {
  const { status, tests } = submission
  return {
    status,
    step: null,
    tests: new Map(tests.map((test) => [test.name, test])),
    final: isFinal(status) ? submission : null,
  }
}

/** Nothing follows; `superseded` and `dead` count as well. */
export const isFinal = (status: Submission['status']): boolean => !['queued', 'preparing', 'running'].includes(status)

/** One event further. A repeated event changes nothing, because a stream that broke may repeat what it had sent. */
export function withEvent(view: SubmissionView, event: SubmissionEvent): SubmissionView {
  switch (event.type) {
    case 'status':
      return { ...view, status: event.status, step: event.step }
    case 'loaded':
      return { ...view, status: 'running', step: null }
    case 'test-started':
      return view.tests.has(event.name) ? view : { ...view, tests: new Map(view.tests).set(event.name, 'running') }
    case 'test-ended':
      return { ...view, tests: new Map(view.tests).set(event.test.name, event.test) }
    case 'restarted':
      return { ...queuedView, status: 'preparing', step: 'Grading again: something of ours broke' }
    case 'final':
      return viewOf(event.submission)
  }
}

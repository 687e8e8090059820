import type { Run, RunEvent, Submission, SubmissionEvent, TestResult } from '../api/contract.ts'

/** What a grading leaves in the store for the learner; the operator's part is kept apart from it. */
export type StoredResult = Pick<Submission, 'output' | 'outputTruncated' | 'error' | 'engines' | 'traffic'> & {
  tests: TestResult[]
  timings: Omit<Submission['timings'], 'queuedMs'>
}

/** What is appended while it is graded. The final event is no part of it: it is made from the row. */
export type StoredSubmissionEvent = Exclude<SubmissionEvent, { type: 'final' }>

/** What a run leaves in the store. */
export type StoredRunResult = Pick<
  Run,
  'problem' | 'shown' | 'inventory' | 'output' | 'outputTruncated' | 'engines' | 'traffic'
> & { timings: Omit<Run['timings'], 'queuedMs'> }

export type StoredRunEvent = Exclude<RunEvent, { type: 'final' }>

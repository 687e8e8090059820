import type { Exercise } from '../../graders/exercise.ts'
import type { TestResult as JudgedTest } from '../../graders/verdict.ts'
import type { TestResult } from '../api/contract.ts'

/** A test as its learner may see it: the author's hint beside the submission's own error, nothing that holds expected values. */
export function testFace({ name, outcome, message, ms }: JudgedTest, { tests }: Exercise): TestResult {
  const failed = outcome === 'failed' || outcome === 'timed-out'
  const hint = failed ? (tests.find((test) => test.name === name)?.hint ?? null) : null
  return { name, outcome, message, hint, ms }
}

import type { StoredResult, StoredSubmissionEvent } from '../grading/result.ts'
import type { Store, StoredEvent, SubmissionRow } from '../store/store.ts'
import { type Submission, submission, type TestResult } from './contract.ts'
import { iso, ratingFace } from './memory.ts'

const finalStatuses: SubmissionRow['status'][] = ['done', 'cancelled', 'superseded', 'dead']
export const isFinal = ({ status }: Pick<SubmissionRow, 'status'>): boolean => finalStatuses.includes(status)

/** A submission as its learner may see it. Until it is final the tests are those that have ended so far. */
export async function submissionFace(store: Store, row: SubmissionRow): Promise<Submission> {
  const result = row.result as StoredResult | null
  const tests = result?.tests ?? testsSoFar(await store.submissions.events(row.id, 0))
  const { exerciseId, language, suiteHash } = row
  const reference = suiteHash === null ? null : await store.references.traffic({ exerciseId, language, suiteHash })
  const review = row.verdict === 'accepted' ? await store.reviews.bySubmission(row.id) : null
  return {
    id: row.id,
    exercise: row.exerciseId,
    language: row.language,
    code: row.code,
    status: row.status,
    verdict: row.verdict,
    tests,
    output: result?.output ?? '',
    outputTruncated: result?.outputTruncated ?? false,
    error: result?.error ?? null,
    timings: {
      slotMs: null,
      loadMs: null,
      testsMs: null,
      totalMs: null,
      ...result?.timings,
      queuedMs: row.startedAt === null ? null : row.startedAt - row.createdAt,
    },
    engines: result?.engines ?? [],
    traffic: figures(result?.traffic) ?? {},
    referenceTraffic: figures(reference),
    createdAt: iso(row.createdAt),
    finishedAt: row.finishedAt === null ? null : iso(row.finishedAt),
    attempts: row.attempts,
    review: review && ratingFace(review),
  }
}

/** Null where there are none, and where another version of this program counted other things. */
const figures = (stored: unknown): Submission['traffic'] | null =>
  submission.shape.traffic.safeParse(stored).data ?? null

function testsSoFar(events: StoredEvent[]): TestResult[] {
  let tests: TestResult[] = []
  for (const { data } of events) {
    const event = data as StoredSubmissionEvent
    if (event.type === 'restarted') tests = []
    if (event.type === 'test-ended') tests.push(event.test)
  }
  return tests
}

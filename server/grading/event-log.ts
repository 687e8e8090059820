import type { Exercise } from '../../graders/exercise.ts'
import type { GradeEvent } from '../../graders/grade.ts'
import type { Claim, Store } from '../store/store.ts'
import type { StoredSubmissionEvent } from './result.ts'
import { testFace } from './test-face.ts'

/** Writes what happens while a submission is graded, in order and without holding the grading up. */
export type EventLog = {
  add(event: GradeEvent): void
  append(event: StoredSubmissionEvent): void
  /** Resolves when everything so far is on disk; rejects with the first error there was. */
  written(): Promise<void>
}

/** `told` is called after each event that is on disk. */
export function openEventLog(store: Store, claim: Claim, exercise: Exercise, told: () => void): EventLog {
  const {
    submission: { id },
    fence,
  } = claim
  let chain = Promise.resolve()
  const then = (write: () => Promise<unknown>) => {
    chain = chain.then(async () => {
      await write()
      told()
    })
    // Awaited in `written`; until then a failure must not end the process as an unhandled one.
    chain.catch(() => {})
  }
  const append = (event: StoredSubmissionEvent) => then(() => store.submissions.appendEvent(id, fence, event))
  return {
    append,
    add(event) {
      if (event.type === 'preparing') return append({ type: 'status', status: 'preparing', step: event.step })
      if (event.type === 'test-ended') return append({ type: 'test-ended', test: testFace(event.result, exercise) })
      // Only a run shows something.
      if (event.type === 'shown' || event.type === 'inventory') return
      if (event.type !== 'running') return append(event)
      then(() => store.submissions.setStatus(id, fence, 'running'))
      append({ type: 'status', status: 'running', step: null })
    },
    written: () => chain,
  }
}

import type { Exercise } from '../../graders/exercise.ts'
import type { GradeEvent } from '../../graders/grade.ts'
import type { Claim, Store } from '../store/store.ts'
import type { StoredSubmissionEvent } from './result.ts'
import { testFace } from './test-face.ts'

/**
 * Events wait so long for others: each write is a commit, which on SQLite stops this process until the disk has it, and a
 * quick suite ends a test every few milliseconds.
 */
const gatherMs = 30

/** Writes what happens while a submission is graded, in order and without holding the grading up. */
export type EventLog = {
  add(event: GradeEvent): void
  append(event: StoredSubmissionEvent): void
  /** Those that are not on disk yet, to be written with what comes next; rejects with the first error there was. */
  takeRest(): Promise<StoredSubmissionEvent[]>
}

/** `told` is called whenever more events are on disk. */
export function openEventLog(store: Store, claim: Claim, exercise: Exercise, told: () => void): EventLog {
  const {
    submission: { id },
    fence,
  } = claim
  let waiting: StoredSubmissionEvent[] = []
  let status: 'running' | undefined
  let timer: NodeJS.Timeout | undefined
  let chain = Promise.resolve()

  const write = () => {
    timer = undefined
    const [events, newStatus] = [waiting, status]
    waiting = []
    status = undefined
    chain = chain.then(async () => {
      await store.submissions.appendEvents(id, fence, events, newStatus)
      told()
    })
    // Awaited in `takeRest`; until then a failure must not end the process as an unhandled one.
    chain.catch(() => {})
  }
  const append = (event: StoredSubmissionEvent) => {
    waiting.push(event)
    timer ??= setTimeout(write, gatherMs)
  }
  return {
    append,
    add(event) {
      if (event.type === 'preparing') return append({ type: 'status', status: 'preparing', step: event.step })
      if (event.type === 'test-ended') return append({ type: 'test-ended', test: testFace(event.result, exercise) })
      // Only a run shows something.
      if (event.type === 'shown' || event.type === 'inventory') return
      if (event.type !== 'running') return append(event)
      status = 'running'
      append({ type: 'status', status: 'running', step: null })
    },
    async takeRest() {
      clearTimeout(timer)
      timer = undefined
      await chain
      const rest = waiting
      waiting = []
      return rest
    },
  }
}

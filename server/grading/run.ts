import type { GradeEvent } from '../../graders/grade.ts'
import type { RunClaim } from '../store/store.ts'
import type { GradingRoom } from './grade.ts'
import { type Lease, LeaseLost } from './lease.ts'
import type { StoredRunEvent, StoredRunResult } from './result.ts'

/**
 * One run of the learner's own to its end. No verdict, no attempt, no rating. Never rejects. What is lost by a crash or by something of
 * ours goes back to the queue, and is given up after a few claims.
 */
export async function runSample(room: GradingRoom, { run, fence }: RunClaim, lease: Lease): Promise<void> {
  const { store, catalog, graders } = room
  const { id, exerciseId, language, code, seed } = run
  try {
    const found = catalog.snapshot.exerciseById.get(exerciseId)
    if (!found?.sample) throw new Error(`the exercise ${exerciseId} has no sample any more`)
    const log = openRunLog(room, { run, fence })
    const { folder, exercise } = found
    const result = await graders.run({ folder, exercise, language, code, seed }, log.add, lease.signal)
    await log.written()
    const { output, ...rest } = result
    const stored: StoredRunResult = { ...rest, output: output.text, outputTruncated: output.truncated }
    await store.runs.finish(id, fence, stored, Date.now())
  } catch (error) {
    const reason = lease.signal.aborted ? lease.signal.reason : error
    if (!(reason instanceof LeaseLost)) room.log(`Run ${id}: ${reason instanceof Error ? reason.message : reason}`)
    // Refused by the store where somebody else has it, or it has ended meanwhile.
    await store.runs.giveBack(id, fence, Date.now()).catch(() => {})
  } finally {
    lease.release()
    room.told(id)
  }
}

/** Writes the events so far, all at once and as often as the store keeps up; a run shows many lines in little time. */
function openRunLog({ store, told }: GradingRoom, { run: { id, events: earlier, attempts }, fence }: RunClaim) {
  const events = earlier as StoredRunEvent[]
  let status: 'preparing' | 'running' = 'preparing'
  let writing: Promise<void> | null = null
  let isDirty = false

  const write = async () => {
    while (isDirty) {
      isDirty = false
      await store.runs.progress(id, fence, status, [...events])
      told(id)
    }
  }
  const append = (event: StoredRunEvent) => {
    events.push(event)
    isDirty = true
    writing ??= write().finally(() => {
      writing = null
    })
    // Awaited in `written`; until then a failure must not end the process as an unhandled one.
    writing.catch(() => {})
  }
  if (attempts > 1) append({ type: 'restarted' })
  return {
    add(event: GradeEvent): void {
      if (event.type === 'preparing') return append({ type: 'status', status: 'preparing', step: event.step })
      if (event.type === 'running') {
        status = 'running'
        return append({ type: 'status', status: 'running', step: null })
      }
      if (event.type === 'shown' || event.type === 'loaded') append(event)
    },
    async written(): Promise<void> {
      await writing
    },
  }
}

import type { StoredRunEvent, StoredRunResult } from '../grading/result.ts'
import type { RunRow } from '../store/store.ts'
import type { Run } from './contract.ts'
import { iso } from './memory.ts'

/** A run as its learner may see it. Until it has ended, what it has shown so far. */
export function runFace(row: RunRow): Run {
  const result = row.result as StoredRunResult | null
  return {
    id: row.id,
    exercise: row.exerciseId,
    language: row.language,
    code: row.code,
    status: row.status,
    problem: result?.problem ?? null,
    shown: result?.shown ?? shownSoFar(row.events as StoredRunEvent[]),
    inventory: result?.inventory ?? [],
    output: result?.output ?? '',
    outputTruncated: result?.outputTruncated ?? false,
    timings: {
      slotMs: null,
      loadMs: null,
      testsMs: null,
      totalMs: null,
      ...result?.timings,
      queuedMs: row.startedAt === null ? null : row.startedAt - row.createdAt,
    },
    engines: result?.engines ?? [],
    traffic: result?.traffic ?? {},
    createdAt: iso(row.createdAt),
    finishedAt: row.finishedAt === null ? null : iso(row.finishedAt),
  }
}

function shownSoFar(events: StoredRunEvent[]): Run['shown'] {
  const since = events.findLastIndex(({ type }) => type === 'restarted')
  return events.slice(since + 1).flatMap((event) => (event.type === 'shown' ? [event.line] : []))
}

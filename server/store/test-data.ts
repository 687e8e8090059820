import { defaultSettings } from '../scheduler/types.ts'
import type { ApplyReview, ItemState, ReviewInput, Store } from './store.ts'

/** Makes the local learner and `card:0` to `card:9` and `exercise:a`; gives the learner's id. */
export async function prepare(store: Store): Promise<string> {
  const cards = Array.from({ length: 10 }, (_, number) => ({
    id: `card:${number}`,
    kind: 'card' as const,
    section: '62.1',
  }))
  await store.items.sync([...cards, { id: 'exercise:a', kind: 'exercise', section: '62.1' }])
  return (await store.learners.local(defaultSettings)).id
}

export const noon = Date.UTC(2026, 10, 23, 12)

export function fresh(itemId: string): ItemState {
  const memory = {
    state: 'new' as const,
    stability: 0,
    difficulty: 0,
    dueAt: noon,
    dueDay: '2026-11-23',
    lastReviewAt: null,
    lastReviewDay: null,
    scheduledDays: 0,
    learningStep: 0,
    reps: 0,
    lapses: 0,
  }
  return { itemId, version: 0, memory, suspended: false, buriedUntilDay: null, leech: false }
}

export function reviewInput(learnerId: string, itemId: string, more: Partial<ReviewInput> = {}): ReviewInput {
  return {
    id: crypto.randomUUID(),
    learnerId,
    itemId,
    rating: 'good',
    origin: 'answer',
    submissionId: null,
    answeredAt: noon,
    durationMs: 4000,
    timeZone: 'UTC',
    rolloverHour: 4,
    studyDay: '2026-11-23',
    version: 0,
    merge: false,
    ...more,
  }
}

/** Depends on the order of all reviews and on every digit, so that a wrong replay or a rounded number shows. */
export const apply: ApplyReview = ({ memory, leech }, { rating, answeredAt }) => {
  const lapsed = rating === 'again'
  const stability = lapsed ? (memory.stability + 0.1) / 3 : Math.min(36_500, memory.stability * Math.E + Math.PI / 10)
  return {
    memory: {
      ...memory,
      state: lapsed ? 'relearning' : 'review',
      stability,
      difficulty: memory.difficulty / 7 + 1 / 3,
      dueAt: answeredAt + Math.round(stability * 86_400_000),
      dueDay: '2026-11-24',
      lastReviewAt: answeredAt,
      lastReviewDay: '2026-11-23',
      scheduledDays: 1,
      reps: memory.reps + 1,
      lapses: memory.lapses + (lapsed ? 1 : 0),
    },
    leech: leech || lapsed,
  }
}

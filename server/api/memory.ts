import type { z } from '@hono/zod-openapi'
import { intervalLabel } from '../scheduler/label.ts'
import type { Memory } from '../scheduler/types.ts'
import type { ReviewRow } from '../store/store.ts'
import type { memory, Submission } from './contract.ts'

export const iso = (at: number): string => new Date(at).toISOString()

/** Memory as the contract shows it. */
export function memoryFace({
  state,
  stability,
  difficulty,
  dueAt,
  dueDay,
  reps,
  lapses,
}: Memory): z.infer<typeof memory> {
  return { state, stability, difficulty, dueAt: iso(dueAt), dueDay, reps, lapses }
}

/** What a rated exercise comes to: the rating and when it is due again. */
export function ratingFace({ rating, after, answeredAt }: ReviewRow): NonNullable<Submission['review']> {
  const { dueAt, scheduledDays } = after.memory
  return { rating, dueAt: iso(dueAt), intervalLabel: intervalLabel(scheduledDays, dueAt - answeredAt) }
}

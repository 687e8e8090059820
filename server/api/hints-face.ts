import type { z } from '@hono/zod-openapi'
import type { CatalogExercise } from '../content/exercise-folder.ts'
import { turnSince } from '../learning/turn.ts'
import { isDue } from '../scheduler/due.ts'
import type { Clock, Memory } from '../scheduler/types.ts'
import type { Store } from '../store/store.ts'
import type { hints as hintsSchema } from './contract.ts'

/** The hints as far as their learner has taken them in the exercise's present turn. */
export async function hintsFace(
  { hints, submissions }: Store,
  learnerId: string,
  { exercise: { id }, hintsHtml }: CatalogExercise,
  memory: Memory,
  clock: Clock,
): Promise<z.infer<typeof hintsSchema>> {
  const since = turnSince(memory, clock)
  const [taken, attempts] = await Promise.all([
    hints.takenSince(learnerId, id, since),
    submissions.attemptsSince(learnerId, id, since),
  ])
  const best = taken.length === 0 && attempts.length === 0
  return { steps: hintsHtml.length, takenHtml: hintsHtml.slice(0, taken.length), cost: best && isDue(memory, clock) }
}

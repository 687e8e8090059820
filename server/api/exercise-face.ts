import type { z } from '@hono/zod-openapi'
import type { CatalogExercise } from '../content/exercise-folder.ts'
import type { CourseItem } from '../learning/course.ts'
import { isDue } from '../scheduler/due.ts'
import type { Clock } from '../scheduler/types.ts'
import type { exerciseFace, exerciseSummary } from './contract.ts'
import { iso } from './memory.ts'

export function exerciseFaceOf({ exercise, section }: CatalogExercise): z.infer<typeof exerciseFace> {
  const { id, title, summary, minutes, engines } = exercise
  return { id, section, title, summary, minutes, engines }
}

/** An exercise in a list, with how far the learner came. */
export function exerciseSummaryOf(
  exercise: CatalogExercise,
  item: CourseItem,
  clock: Clock,
  { solved, tried }: { solved: Set<string>; tried: Set<string> },
): z.infer<typeof exerciseSummary> {
  const { id } = exercise.exercise
  const isNew = item.memory.state === 'new'
  return {
    ...exerciseFaceOf(exercise),
    status: solved.has(id) ? 'solved' : tried.has(id) ? 'tried' : 'new',
    due: !isNew && isDue(item.memory, clock),
    dueAt: isNew ? null : iso(item.memory.dueAt),
    unlocked: item.unlocked,
  }
}

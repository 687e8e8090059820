import { studyDay } from '../scheduler/day.ts'
import { isDue } from '../scheduler/due.ts'
import type { Rating } from '../scheduler/types.ts'
import type { ApplyReview, ItemState, Learner, ReviewInput } from '../store/store.ts'
import { applyReview, freshState } from './item-state.ts'
import { clockAt } from './learner.ts'

/** The arguments of ReviewStore.answer for a rating that a verdict or a give-up brings. */
export type ExerciseRating = { input: ReviewInput; fresh: ItemState; apply: ApplyReview }

/**
 * Rates an exercise once for each time that it was due: whether it still is, is decided inside the store's transaction, and
 * what comes after the first rating is practice and writes nothing. `at` is when it happened, epoch milliseconds.
 */
export function exerciseRating(
  learner: Learner,
  exerciseId: string,
  rating: Rating,
  at: number,
  from: Pick<ReviewInput, 'id' | 'origin' | 'submissionId' | 'durationMs'>,
): ExerciseRating {
  const itemId = `exercise:${exerciseId}`
  const clock = clockAt(learner, at)
  const apply = applyReview('exercise', learner.settings)
  return {
    input: {
      ...from,
      learnerId: learner.id,
      itemId,
      rating,
      answeredAt: at,
      timeZone: clock.timeZone,
      rolloverHour: clock.rolloverHour,
      studyDay: studyDay(at, clock.timeZone, clock.rolloverHour),
      version: null,
      merge: false,
    },
    fresh: freshState(itemId, clock),
    apply: (state, review) => (isDue(state.memory, clock) ? apply(state, review) : null),
  }
}

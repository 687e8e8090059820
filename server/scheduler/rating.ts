import type { Rating } from './types.ts'

/**
 * What happened to an exercise from the moment it came due. `activeMs` runs from opening to first acceptance, long pauses
 * left out; `expectedMs` is what the exercise's author expects.
 */
export type GradingOutcome = {
  accepted: boolean
  failedAttempts: number
  hintsUsed: number
  /** Given up, or the solution was shown. */
  gaveUp: boolean
  activeMs: number
  expectedMs: number
}

/**
 * The rating that grading an exercise amounts to, or null while there is nothing to rate: a failed submission alone is an
 * attempt, never Hard. A solution that was seen stays Again, whatever is accepted after it.
 */
export function ratingOfGrading(outcome: GradingOutcome): Rating | null {
  if (outcome.gaveUp) return 'again'
  if (!outcome.accepted) return null
  if (outcome.failedAttempts > 0 || outcome.hintsUsed > 0) return 'hard'
  return outcome.activeMs < outcome.expectedMs / 2 ? 'easy' : 'good'
}

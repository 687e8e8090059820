import type { Exercise } from '../../graders/exercise.ts'
import { clockAt } from '../learning/learner.ts'
import { type ExerciseRating, exerciseRating } from '../learning/rate-exercise.ts'
import { turnSince } from '../learning/turn.ts'
import { ratingOfGrading } from '../scheduler/rating.ts'
import type { Store, SubmissionRow } from '../store/store.ts'

/**
 * What an acceptance means for the schedule, to be written together with the verdict; undefined where nothing follows from it.
 * The moment that counts is that of submitting: how long grading takes must not move a study day.
 */
export async function ratingOfAcceptance(
  store: Store,
  { id, learnerId, exerciseId, createdAt, activeMs: measuredMs }: SubmissionRow,
  { minutes }: Exercise,
): Promise<ExerciseRating | undefined> {
  const learner = await store.learners.get(learnerId)
  if (!learner) return undefined
  const state = await store.items.state(learnerId, `exercise:${exerciseId}`)
  const dueSince = state === null ? 0 : turnSince(state.memory, clockAt(learner, createdAt))
  const [attempts, hints] = await Promise.all([
    store.submissions.attemptsSince(learnerId, exerciseId, dueSince),
    store.hints.takenSince(learnerId, exerciseId, dueSince),
  ])
  const failed = attempts.filter((attempt) => attempt.verdict !== 'accepted' && attempt.createdAt <= createdAt)
  const expectedMs = minutes * 60_000
  // Sent without a measurement, by a program: neither fast nor slow.
  const activeMs = measuredMs ?? expectedMs
  const rating = ratingOfGrading({
    accepted: true,
    failedAttempts: failed.length,
    hintsUsed: hints.filter(({ takenAt }) => takenAt <= createdAt).length,
    gaveUp: false,
    activeMs,
    expectedMs,
  })
  if (rating === null) return undefined
  return exerciseRating(learner, exerciseId, rating, createdAt, {
    id,
    origin: 'grading',
    submissionId: id,
    durationMs: activeMs,
  })
}

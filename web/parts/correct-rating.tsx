import { useState } from 'preact/hooks'
import type { QueueItem, Submission } from '../../server/api/contract.ts'
import { api } from '../api.ts'
import { fromNow } from './dates.ts'
import { say } from './toast.tsx'
import { ratingWords } from './words.ts'

type Rating = QueueItem['intervals'][number]['rating']
const ratings = Object.keys(ratingWords) as Rating[]

/** What the verdict was rated, and a way to say that it went otherwise. */
export function CorrectRating({ submission }: { submission: Submission }) {
  const [corrected, setCorrected] = useState<Submission['review']>(null)
  const [choosing, setChoosing] = useState(false)
  const [sending, setSending] = useState(false)
  const review = corrected ?? submission.review
  if (!review) return null
  const choose = async (rating: Rating) => {
    setSending(true)
    try {
      if (rating !== review.rating) setCorrected((await api.correct(submission.id, crypto.randomUUID(), rating)).review)
      setChoosing(false)
    } catch (error) {
      say('problem', (error as Error).message)
    }
    setSending(false)
  }
  return (
    <div class="banner-review">
      <p>
        Rated <strong>{ratingWords[review.rating]}</strong>, due again {fromNow(review.dueAt)}.{' '}
        <button type="button" class="quiet" aria-expanded={choosing} onClick={() => setChoosing(!choosing)}>
          {choosing ? 'Keep it' : 'Change…'}
        </button>
      </p>
      {choosing && (
        <fieldset class="correct" disabled={sending}>
          <legend>How did it really go?</legend>
          {ratings.map((rating) => (
            <button
              type="button"
              key={rating}
              aria-pressed={rating === review.rating}
              onClick={() => void choose(rating)}
            >
              {ratingWords[rating]}
            </button>
          ))}
        </fieldset>
      )}
    </div>
  )
}

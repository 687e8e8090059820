import type { QueueItem } from '../../server/api/contract.ts'
import type { Rating } from './sitting.ts'

const words: Record<Rating, string> = { again: 'Again', hard: 'Hard', good: 'Good', easy: 'Easy' }

/** The four ratings with the interval that each one stores; `suggested` is what the space bar gives. */
export function RatingBar(props: {
  intervals: QueueItem['intervals']
  suggested: Rating
  onRate: (rating: Rating) => void
}) {
  return (
    <div class="ratings" role="group" aria-label="How well did you know it?">
      {props.intervals.map(({ rating, label }, index) => (
        <button
          key={rating}
          type="button"
          class={`rating rating-${rating}${rating === props.suggested ? ' suggested' : ''}`}
          aria-keyshortcuts={rating === props.suggested ? `${index + 1} Space` : String(index + 1)}
          onClick={() => props.onRate(rating)}
        >
          <span class="rating-word">{words[rating]}</span>
          <span class="rating-interval">{label}</span>
          <span class="kbd" aria-hidden="true">
            {rating === props.suggested ? 'Space' : index + 1}
          </span>
        </button>
      ))}
    </div>
  )
}

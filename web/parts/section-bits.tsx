import type { SectionSummary } from '../../server/api/contract.ts'
import { plural } from './words.ts'

/** How well a section is known, 0 to 1, as a bar with its number. */
export function Mastery({ value }: { value: number }) {
  const percent = Math.round(value * 100)
  return (
    <span class="mastery">
      <progress class="bar bar-small" max={100} value={percent} aria-label="Known" />
      <span class="mastery-number">{percent} %</span>
    </span>
  )
}

/** '3 due · 12 of 18 cards known · 1 of 2 exercises solved' */
export function SectionCounts({ section }: { section: SectionSummary }) {
  const { cards, exercises } = section
  const due = cards.due + exercises.due
  return (
    <span class="section-counts">
      {due > 0 && <strong class="due">{due} due</strong>}
      <span>
        {cards.known} of {plural(cards.total, 'card')} known
      </span>
      {exercises.total > 0 && (
        <span>
          {exercises.solved} of {plural(exercises.total, 'exercise')} solved
        </span>
      )}
    </span>
  )
}

import type { Progress } from '../../server/api/contract.ts'
import { addDays, dayWords } from './dates.ts'
import { plural } from './words.ts'
import { levelOf } from './year.ts'

const shownDays = 14
const step = 14
const cell = 11

/** The last two weeks at a glance, today at the right. */
export function Fortnight({ today, days }: { today: string; days: Progress['heatmap'] }) {
  const reviewsOf = new Map(days.map(({ day, reviews }) => [day, reviews]))
  const shown = Array.from({ length: shownDays }, (_, index) => addDays(today, index - shownDays + 1))
  const most = Math.max(1, ...shown.map((day) => reviewsOf.get(day) ?? 0))
  const active = shown.filter((day) => reviewsOf.has(day)).length
  return (
    <svg
      class="fortnight"
      viewBox={`0 0 ${shownDays * step - 3} ${cell}`}
      role="img"
      aria-label={`Reviews on ${active} of the last ${shownDays} days`}
    >
      {shown.map((day, index) => {
        const reviews = reviewsOf.get(day) ?? 0
        return (
          <rect
            key={day}
            class={`level-${levelOf(reviews, most)}`}
            x={index * step}
            y="0"
            width={cell}
            height={cell}
            rx="2.5"
          >
            <title>{`${dayWords(day)}: ${plural(reviews, 'review')}`}</title>
          </rect>
        )
      })}
    </svg>
  )
}

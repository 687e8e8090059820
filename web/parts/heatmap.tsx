import type { Progress } from '../../server/api/contract.ts'
import { dayWords } from './dates.ts'
import { plural } from './words.ts'
import { weeksUpTo } from './year.ts'

const cell = 11
const gap = 3
const step = cell + gap
const labelHeight = 16
const month = (day: string) => new Intl.DateTimeFormat('en', { month: 'short', timeZone: 'UTC' }).format(new Date(day))

/** A year of reviews, one square a study day. On a narrow screen it scrolls, newest first in sight. */
export function Heatmap({ today, days }: { today: string; days: Progress['heatmap'] }) {
  const weeks = weeksUpTo(today, 53, days)
  const total = days.reduce((sum, { reviews }) => sum + reviews, 0)
  const minutes = Math.round(days.reduce((sum, day) => sum + day.minutes, 0))
  const width = weeks.length * step - gap
  return (
    <figure class="figure">
      <div class="scroll-x" ref={(place) => place?.scrollTo({ left: place.scrollWidth })}>
        <svg
          class="heatmap"
          viewBox={`0 0 ${width} ${labelHeight + 7 * step - gap}`}
          role="img"
          aria-label={`${total} reviews on ${plural(days.length, 'day')} in the last year`}
        >
          {weeks.map((week, column) => {
            const first = week[0]
            const before = weeks[column - 1]?.[0]
            const turns = first && before && month(first.day) !== month(before.day) && column < weeks.length - 1
            return (
              <g key={first?.day} transform={`translate(${column * step} 0)`}>
                {turns && (
                  <text x="0" y="10">
                    {month(first.day)}
                  </text>
                )}
                {week.map(({ day, reviews, level }, row) => (
                  <rect
                    key={day}
                    class={`level-${level}`}
                    x="0"
                    y={labelHeight + row * step}
                    width={cell}
                    height={cell}
                    rx="2.5"
                  >
                    <title>{`${dayWords(day)}: ${plural(reviews, 'review')}`}</title>
                  </rect>
                ))}
              </g>
            )
          })}
        </svg>
      </div>
      <figcaption>
        {plural(total, 'review')} on {plural(days.length, 'day')}, {plural(minutes, 'minute')} in all
      </figcaption>
    </figure>
  )
}

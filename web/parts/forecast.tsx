import type { Progress } from '../../server/api/contract.ts'
import { dayWords } from './dates.ts'
import { plural } from './words.ts'

const height = 120
const slot = 20
const bar = 14
const labelHeight = 18

/** What becomes due on each of the next 30 days, today first; exercises stand on top of the cards. */
export function Forecast({ days }: { days: Progress['forecast'] }) {
  const most = Math.max(1, ...days.map(({ cards, exercises }) => cards + exercises))
  const scale = (count: number) => (count / most) * (height - 16)
  const total = days.reduce((sum, { cards, exercises }) => sum + cards + exercises, 0)
  const width = days.length * slot
  return (
    <figure class="figure">
      <div class="scroll-x">
        <svg
          class="forecast"
          viewBox={`0 0 ${width} ${height + labelHeight}`}
          role="img"
          aria-label={`${total} items become due within ${plural(days.length, 'day')}`}
        >
          <line x1="0" x2={width} y1={height + 0.5} y2={height + 0.5} />
          {days.map(({ day, cards, exercises }, index) => {
            const x = index * slot + (slot - bar) / 2
            const cardHeight = scale(cards)
            const exerciseHeight = scale(exercises)
            return (
              <g key={day}>
                <title>{`${dayWords(day)}: ${plural(cards, 'card')}, ${plural(exercises, 'exercise')}`}</title>
                <rect class="hit" x={index * slot} y="0" width={slot} height={height} />
                {cards > 0 && (
                  <rect class="bar-cards" x={x} y={height - cardHeight} width={bar} height={cardHeight} rx="2" />
                )}
                {exercises > 0 && (
                  <rect
                    class="bar-exercises"
                    x={x}
                    y={height - cardHeight - exerciseHeight - 1}
                    width={bar}
                    height={exerciseHeight}
                    rx="2"
                  />
                )}
                {cards + exercises > 0 && (cards + exercises === most || index === 0) && (
                  <text class="value" x={x + bar / 2} y={height - cardHeight - exerciseHeight - 5}>
                    {cards + exercises}
                  </text>
                )}
                {index % 7 === 0 && (
                  <text
                    x={index === 0 ? index * slot + 1 : x + bar / 2}
                    y={height + 14}
                    class={index === 0 ? 'start' : undefined}
                  >
                    {index === 0 ? 'today' : dayWords(day).slice(4)}
                  </text>
                )}
              </g>
            )
          })}
        </svg>
      </div>
      <figcaption>
        <span class="key key-cards">Cards</span> <span class="key key-exercises">Exercises</span>
      </figcaption>
    </figure>
  )
}

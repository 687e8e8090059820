import type { Progress, Queue } from '../../server/api/contract.ts'
import { api } from '../api.ts'
import { dayFrom } from '../parts/dates.ts'
import { Fortnight } from '../parts/fortnight.tsx'
import { GraderStrip } from '../parts/grader-strip.tsx'
import { Icon } from '../parts/icon.tsx'
import { useResource } from '../parts/resource.ts'
import { useTitle } from '../parts/title.ts'
import { Waiting } from '../parts/waiting.tsx'
import { plural } from '../parts/words.ts'

const boxesMin = [10, 15, 30]

/** The first screen of the day: what is there, how long it takes, one way to start. */
export function TodayScreen() {
  useTitle('Today')
  const queue = useResource('today', () => api.queue({ limit: 1 }))
  const progress = useResource('progress', api.progress)
  if (!queue.data) return <Waiting of={queue} />
  const due = queue.data.items.length > 0
  return (
    <div class="page today">
      {due ? <Due queue={queue.data} /> : <Nothing queue={queue.data} progress={progress.data} />}
      {progress.data && <Streak progress={progress.data} doneToday={queue.data.doneToday} />}
      <GraderStrip />
    </div>
  )
}

function Due({ queue }: { queue: Queue }) {
  const { counts, minutes } = queue
  const total = counts.new + counts.learning + counts.review + counts.exercises
  return (
    <section class="hero" aria-labelledby="today-title">
      <h1 id="today-title">
        {plural(total, 'item')} <span class="muted">about {Math.max(1, Math.round(minutes))} min</span>
      </h1>
      <dl class="counts">
        <Count name="Review" value={counts.review} />
        <Count name="Learning" value={counts.learning} />
        <Count name="New" value={counts.new} />
        <Count name="Exercises" value={counts.exercises} />
      </dl>
      <a class="button primary start" href="/review">
        {queue.doneToday > 0 ? 'Go on' : 'Start'} <Icon name="arrow" />
      </a>
      <nav class="boxes" aria-label="Time box">
        <span>Or I have</span>
        {boxesMin.map((boxMin) => (
          <a key={boxMin} class="button" href={`/review?minutes=${boxMin}`}>
            {boxMin} min
          </a>
        ))}
      </nav>
    </section>
  )
}

function Count({ name, value }: { name: string; value: number }) {
  return (
    <div class={value === 0 ? 'count-zero' : undefined}>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  )
}

function Nothing({ queue, progress }: { queue: Queue; progress: Progress | undefined }) {
  const next = progress?.forecast.find(({ day, cards, exercises }) => day > queue.studyDay && cards + exercises > 0)
  return (
    <section class="hero" aria-labelledby="today-title">
      <h1 id="today-title">{queue.doneToday > 0 ? 'Done for today' : 'Nothing is due'}</h1>
      <p class="lead">
        {queue.doneToday > 0 && `${plural(queue.doneToday, 'answer')} today. `}
        {next && `Next: ${plural(next.cards + next.exercises, 'item')} ${dayFrom(queue.studyDay, next.day)}.`}
      </p>
      <a class="button" href="/sections">
        Read ahead in a section
      </a>
    </section>
  )
}

function Streak({ progress, doneToday }: { progress: Progress; doneToday: number }) {
  const days = progress.streakDays
  if (progress.heatmap.length === 0) return null
  return (
    <div class="streak">
      <p>
        <strong>{days > 0 ? `${plural(days, 'day')} in a row` : 'A new start'}</strong>
        <span class="muted">{doneToday > 0 ? 'today counted' : 'today still open'}</span>
      </p>
      <Fortnight today={progress.studyDay} days={progress.heatmap} />
    </div>
  )
}

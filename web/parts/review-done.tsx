import { api } from '../api.ts'
import { dayFrom } from './dates.ts'
import { Icon } from './icon.tsx'
import { useKeys } from './keys.ts'
import { useResource } from './resource.ts'
import { navigate } from './router.ts'
import type { Sitting } from './sitting.ts'
import { useUnsent } from './unsent.ts'
import { plural } from './words.ts'

/** The end of a sitting: what was done, what is left, when it goes on. */
export function ReviewDone({ sitting }: { sitting: Sitting }) {
  const { session, queue, timeIsUp } = sitting
  const { count } = useUnsent()
  const progress = useResource(`progress after ${session.answered.length} ${count}`, api.progress).data
  const next = progress?.forecast.find(({ day, cards, exercises }) => day > progress.studyDay && cards + exercises > 0)
  const done = session.answered.length
  const putOff = session.putOff.length
  useKeys((key) => {
    if (key === 'u' || key === 'ctrl+z') void sitting.undo()
    else if (key === 'space' || key === 'enter' || key === 'escape') navigate('/')
    else return false
    return true
  })
  return (
    <section class="done">
      <span class="done-mark">
        <Icon name="check" />
      </span>
      <h1>{timeIsUp ? 'Time is up' : done > 0 ? 'Done for now' : 'Nothing is due'}</h1>
      <p class="lead">
        {done > 0 ? `${plural(done, 'answer')} in this sitting` : 'You are up to date'}
        {queue && queue.doneToday > done ? `, ${queue.doneToday} today` : ''}.
        {putOff > 0 && ` ${plural(putOff, 'exercise')} put off.`}
      </p>
      {count > 0 && (
        <p class="note note-warn">
          {plural(count, 'answer is', 'answers are')} kept on this device until the server answers.
        </p>
      )}
      {progress && (
        <p>
          {next
            ? `Next: ${plural(next.cards + next.exercises, 'item')} ${dayFrom(progress.studyDay, next.day)}.`
            : 'Nothing is scheduled for the next 30 days.'}
          {progress.streakDays > 1 && ` ${progress.streakDays} days in a row.`}
        </p>
      )}
      <a class="button primary" href="/">
        Back to today{' '}
        <span class="kbd" aria-hidden="true">
          Space
        </span>
      </a>
    </section>
  )
}

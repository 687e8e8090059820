import type { Exercise } from '../../server/api/contract.ts'
import { api } from '../api.ts'
import { Hints } from '../parts/hints.tsx'
import { Html } from '../parts/html.tsx'
import { Icon } from '../parts/icon.tsx'
import { useResource } from '../parts/resource.ts'
import { useTitle } from '../parts/title.ts'
import { Waiting } from '../parts/waiting.tsx'
import { plural } from '../parts/words.ts'
import { Workbench } from '../parts/workbench.tsx'

/** The task on one side, the workbench on the other; on a phone one below the other. */
export function ExerciseScreen({ id }: { id: string }) {
  const exercise = useResource(`exercise ${id}`, () => api.exercise(id))
  useTitle(exercise.data?.title ?? 'Exercise')
  if (!exercise.data) return <Waiting of={exercise} />
  return (
    <div class="exercise">
      <Task exercise={exercise.data} reload={exercise.reload} />
      <Workbench exercise={exercise.data} reload={exercise.reload} />
    </div>
  )
}

function Task({ exercise, reload }: { exercise: Exercise; reload: () => Promise<void> }) {
  const { section, title, minutes, due, engineNames, promptHtml, unlocked } = exercise
  return (
    <article class="task">
      <p class="kicker">
        <a href={`/sections/${section}`}>{section}</a>
        <span>{plural(minutes, 'minute')}</span>
        {due && <span class="due">Due</span>}
      </p>
      <h1>{title}</h1>
      {!unlocked && (
        <p class="note">
          <Icon name="lock" /> The sections before this one are still new to you. You can work on it all the same.
        </p>
      )}
      <Html class="prompt" html={promptHtml} />
      {engineNames.length > 0 && <p class="muted">Graded on {engineNames.join(' and ')}.</p>}
      <Hints exercise={exercise} reload={reload} />
    </article>
  )
}

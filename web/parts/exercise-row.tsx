import type { Section } from '../../server/api/contract.ts'
import { fromNow } from './dates.ts'
import { Icon, type IconName } from './icon.tsx'
import { engineWords } from './words.ts'

const statuses: Record<Section['exerciseList'][number]['status'], { icon: IconName; words: string }> = {
  new: { icon: 'code', words: 'New' },
  tried: { icon: 'dash', words: 'Tried' },
  solved: { icon: 'check', words: 'Solved' },
}

/** One exercise in a list: what it is, how long it takes, how it stands. */
export function ExerciseRow({ exercise }: { exercise: Section['exerciseList'][number] }) {
  const { icon, words } = statuses[exercise.status]
  return (
    <a class={exercise.unlocked ? 'row' : 'row row-locked'} href={`/exercises/${exercise.id}`}>
      <span class={`row-icon status-${exercise.status}`} title={words}>
        <Icon name={exercise.unlocked ? icon : 'lock'} />
      </span>
      <span class="row-main">
        <span class="row-title">{exercise.title}</span>
        <span class="row-text">{exercise.summary}</span>
        <span class="section-counts">
          {exercise.due && <strong class="due">Due</strong>}
          <span>{words}</span>
          <span>{exercise.minutes} min</span>
          <span>{exercise.engines.map((engine) => engineWords[engine]).join(' + ')}</span>
          {exercise.dueAt && !exercise.due && <span>again {fromNow(exercise.dueAt)}</span>}
        </span>
      </span>
    </a>
  )
}

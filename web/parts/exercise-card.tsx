import type { QueueItem } from '../../server/api/contract.ts'
import { engineWords } from './words.ts'

/** An exercise whose turn has come: it is rated by its tests, so all that is decided here is when. */
export function ExerciseCard(props: { exercise: NonNullable<QueueItem['exercise']>; onLater: () => void }) {
  const { exercise, onLater } = props
  return (
    <article class="card card-exercise" aria-label="Exercise">
      <p class="label">Exercise · about {exercise.minutes} min</p>
      <h1>{exercise.title}</h1>
      <p class="summary">{exercise.summary}</p>
      <p class="tags">
        {exercise.engines.map((engine) => (
          <span key={engine} class="tag">
            {engineWords[engine]}
          </span>
        ))}
      </p>
      <div class="actions">
        <a class="button primary" href={`/exercises/${exercise.id}`}>
          Open exercise{' '}
          <span class="kbd" aria-hidden="true">
            Space
          </span>
        </a>
        <button type="button" onClick={onLater}>
          Not in this sitting{' '}
          <span class="kbd" aria-hidden="true">
            L
          </span>
        </button>
      </div>
    </article>
  )
}

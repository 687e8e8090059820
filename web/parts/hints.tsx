import { useState } from 'preact/hooks'
import type { Exercise } from '../../server/api/contract.ts'
import { api } from '../api.ts'
import { Html } from './html.tsx'
import { say } from './toast.tsx'

/** The author's hints, one step at a time. What the first one costs is said before it is paid. */
export function Hints({ exercise, reload }: { exercise: Exercise; reload: () => Promise<void> }) {
  const { id, hints } = exercise
  const { steps, takenHtml, cost } = hints
  const [asking, setAsking] = useState(false)
  if (steps === 0) return null
  const next = takenHtml.length + 1
  const take = async () => {
    setAsking(true)
    try {
      await api.takeHint(id, next)
      await reload()
      document.getElementById(`hint-${next}`)?.focus()
    } catch (error) {
      say('problem', (error as Error).message)
    }
    setAsking(false)
  }
  return (
    <section class="hints" aria-labelledby="hints-title">
      <h2 id="hints-title">Hints</h2>
      {takenHtml.length > 0 && (
        <ol>
          {takenHtml.map((html, at) => (
            // Focused when it turns up, so that it is read out and the next Tab goes on from there.
            <li key={html} id={`hint-${at + 1}`} tabIndex={-1}>
              <Html class="prompt" html={html} />
            </li>
          ))}
        </ol>
      )}
      {next <= steps && (
        <div class="hints-next">
          <button type="button" disabled={asking} aria-describedby="hints-cost" onClick={() => void take()}>
            Show hint {next} of {steps}
          </button>
          <p id="hints-cost" class="muted">
            {cost
              ? 'With a hint the best rating this time is Hard. All of them cost no more than one.'
              : takenHtml.length > 0
                ? 'Costs nothing more.'
                : 'Costs nothing now.'}
          </p>
        </div>
      )}
    </section>
  )
}

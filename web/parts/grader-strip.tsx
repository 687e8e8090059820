import { useEffect, useState } from 'preact/hooks'
import type { Health } from '../../server/api/contract.ts'
import { api } from '../api.ts'
import { engineWords } from './words.ts'

const pollMs = 2_000
type Engine = keyof typeof engineWords

/** Asks for the grader's state until it is final. Null while nothing is known. */
export function useHealth(): Health | null {
  const [health, setHealth] = useState<Health | null>(null)
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    let stopped = false
    const ask = async () => {
      const answer = await api.health().catch(() => null)
      if (stopped) return
      if (answer) setHealth(answer)
      const settled = answer?.grader.state === 'ready'
      if (!settled) timer = setTimeout(ask, pollMs)
    }
    void ask()
    return () => {
      stopped = true
      clearTimeout(timer)
    }
  }, [])
  return health
}

/** What grades the exercises: how far its preparation is, then what each engine really is. */
export function GraderStrip() {
  const health = useHealth()
  if (!health) return null
  const { state, message, engines, images } = health.grader
  if (state === 'ready') {
    const products = Object.values(engines).map(({ version }) => version)
    const known = products.filter(Boolean).join(' · ')
    return <p class="grader-line">{known ? `Exercises run on ${known}.` : message}</p>
  }
  if (state === 'unavailable')
    return (
      <aside class="note note-warn" role="note">
        <strong>Exercises cannot be graded on this machine yet.</strong> {message} Cards work as usual.
      </aside>
    )
  return (
    <aside class="grader" aria-label="Preparation of the grader">
      <p>
        <strong>Preparing the exercises.</strong> {message ?? 'Cards can be reviewed meanwhile.'}
      </p>
      <ul>
        {images.map(({ name, state: imageState, step, done, total }) => (
          <li key={name} class={imageState === 'ready' ? 'ready' : undefined}>
            <span class="grader-name">{engineWords[name as Engine] ?? name}</span>
            <span class="grader-step">{step ?? imageState}</span>
            {imageState === 'ready' ? (
              <progress class="bar bar-small" max={1} value={1} aria-label={`${name}: ready`} />
            ) : done !== null && total ? (
              <progress class="bar bar-small" max={total} value={done} aria-label={`${name}: ${done} of ${total}`} />
            ) : (
              <progress class="bar bar-small" aria-label={`${name}: ${step ?? imageState}`} />
            )}
          </li>
        ))}
      </ul>
    </aside>
  )
}

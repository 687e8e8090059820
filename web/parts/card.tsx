import { useLayoutEffect, useRef } from 'preact/hooks'
import type { CardFace } from '../../server/api/contract.ts'
import { type Choice, Choices } from './card-choice.tsx'
import { Html } from './html.tsx'
import { Icon } from './icon.tsx'

export type CardProps = {
  card: CardFace
  /** In the order of this showing; empty for other kinds. */
  choices: Choice[]
  revealed: boolean
  /** What was picked or typed. */
  picked: number | null
  typed: string
  right: boolean | null
  onPick: (index: number) => void
  onType: (text: string) => void
  onReveal: () => void
}

/** One card, question and answer. The whole of it is drawn from its properties; the review screen holds the state. */
export function Card(props: CardProps) {
  const { card, revealed, choices } = props
  const place = useRef<HTMLElement>(null)
  useLayoutEffect(() => {
    const field = place.current?.querySelector<HTMLElement>('input')
    const target = revealed ? place.current?.querySelector<HTMLElement>('.answer') : (field ?? place.current)
    target?.focus({ preventScroll: !revealed })
  }, [revealed])
  const filled = card.kind === 'cloze' && revealed
  return (
    <article
      class={`card card-${card.kind}`}
      ref={place}
      tabIndex={-1}
      aria-label={revealed ? 'Card, answered' : 'Card'}
    >
      <Html class={filled ? 'question answer-in-place' : 'question'} html={filled ? card.answerHtml : card.frontHtml} />
      {card.kind === 'choice' && (
        <Choices choices={choices} revealed={revealed} picked={props.picked} onPick={props.onPick} />
      )}
      {card.kind === 'typed' && <TypedField {...props} />}
      {card.kind === 'predict' && <Prediction {...props} />}
      {revealed && (
        <div class="answer" tabIndex={-1}>
          {card.kind !== 'cloze' && card.kind !== 'choice' && <Html class="answer-text" html={card.answerHtml} />}
          {card.explanationHtml && <Html class="explanation" html={card.explanationHtml} />}
          <p class="source">
            <a href={card.source.url} target="_blank" rel="noreferrer">
              {card.source.title}
            </a>
            {card.version && <span class="tag">{card.version}</span>}
          </p>
        </div>
      )}
    </article>
  )
}

function TypedField({ typed, right, revealed, onType, onReveal }: CardProps) {
  return (
    <form
      class="typed"
      onSubmit={(event) => {
        event.preventDefault()
        onReveal()
      }}
    >
      <label>
        <span class="label">Your answer</span>
        <input
          type="text"
          value={typed}
          readOnly={revealed}
          autocomplete="off"
          autocapitalize="off"
          autocorrect="off"
          spellcheck={false}
          class={right === null ? '' : right ? 'right' : 'wrong'}
          onInput={(event) => onType(event.currentTarget.value)}
        />
      </label>
      {right !== null && (
        <p class={right ? 'mark right' : 'mark wrong'} role="status">
          <Icon name={right ? 'check' : 'cross'} /> {right ? 'Right' : typed.trim() ? 'Not this' : 'Left empty'}
        </p>
      )}
    </form>
  )
}

function Prediction({ typed, revealed, onType, onReveal }: CardProps) {
  if (revealed)
    return typed.trim() ? (
      <div class="predicted">
        <p class="label">You predicted</p>
        <pre>{typed}</pre>
      </div>
    ) : null
  return (
    <label class="prediction">
      <span class="label">Your prediction (optional)</span>
      <textarea
        rows={2}
        value={typed}
        spellcheck={false}
        onInput={(event) => onType(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || event.shiftKey) return
          event.preventDefault()
          onReveal()
        }}
      />
    </label>
  )
}

import type { CardFace } from '../../server/api/contract.ts'
import { Html } from './html.tsx'
import { Icon } from './icon.tsx'

export type Choice = NonNullable<CardFace['choices']>[number]

/** The choices of a card, before and after one is picked. `picked` is null where the answer was shown without a pick. */
export function Choices(props: {
  choices: Choice[]
  revealed: boolean
  picked: number | null
  onPick: (index: number) => void
}) {
  const { choices, revealed, picked, onPick } = props
  return (
    <ol class="choices" aria-label="Choices">
      {choices.map((choice, index) => {
        const mark = !revealed ? '' : choice.correct ? 'right' : index === picked ? 'wrong' : 'other'
        return (
          <li key={choice.html}>
            <button
              type="button"
              class={`choice ${mark}`}
              disabled={revealed}
              aria-pressed={revealed ? index === picked : undefined}
              onClick={() => onPick(index)}
            >
              <span class="choice-letter" aria-hidden="true">
                {mark === 'right' ? <Icon name="check" /> : mark === 'wrong' ? <Icon name="cross" /> : 'ABCDE'[index]}
              </span>
              <span class="choice-text">
                {mark === 'right' && <span class="sr-only">Right: </span>}
                {mark === 'wrong' && <span class="sr-only">Your pick, wrong: </span>}
                <Html html={choice.html} />
                {revealed && choice.whyHtml && (choice.correct || index === picked) && (
                  <Html class="why" html={choice.whyHtml} />
                )}
              </span>
            </button>
          </li>
        )
      })}
    </ol>
  )
}

import { useMemo, useRef, useState } from 'preact/hooks'
import type { QueueItem } from '../../server/api/contract.ts'
import { Card } from './card.tsx'
import { ExerciseCard } from './exercise-card.tsx'
import { useKeys } from './keys.ts'
import { LeechNote } from './leech-note.tsx'
import { RatingBar } from './rating-bar.tsx'
import { navigate } from './router.ts'
import { shuffle } from './shuffle.ts'
import type { Rating, Sitting } from './sitting.ts'
import { isAnswer } from './typed-answer.ts'

const kindWords = { learning: 'Learning', review: 'Review', new: 'New', 'learn-ahead': 'Learning ahead' }
const ratings: Rating[] = ['again', 'hard', 'good', 'easy']

/** The item on the screen: question, answer, rating, and their keys. Mounted anew for each showing. */
export function ReviewItem({ item, sitting, onHelp }: { item: QueueItem; sitting: Sitting; onHelp: () => void }) {
  const { card, exercise } = item
  const [revealed, setRevealed] = useState(false)
  const [picked, setPicked] = useState<number | null>(null)
  const [typed, setTyped] = useState('')
  const shownAtMs = useRef(performance.now())
  const choices = useMemo(() => shuffle(card?.choices ?? []), [card])
  const right = revealed && card ? rightness(card, choices, picked, typed) : null
  // A wrong answer makes Again the easy key, so that a reflex does not store a lie.
  const suggested: Rating = right === false ? 'again' : 'good'

  const rate = (rating: Rating) => sitting.rate(rating, performance.now() - shownAtMs.current)
  const reveal = () => setRevealed(true)
  const pick = (index: number) => {
    if (revealed || !choices[index]) return
    setPicked(index)
    setRevealed(true)
  }

  useKeys((key) => {
    if (key === 'u' || key === 'ctrl+z') void sitting.undo()
    else if (key === '?') onHelp()
    else if (key === 'escape') navigate('/')
    else if (exercise && (key === 'space' || key === 'enter')) navigate(`/exercises/${exercise.id}`)
    else if (exercise && key === 'l') sitting.later()
    else if (!card) return false
    else if (!revealed && card.kind === 'choice' && /^[1-5a-e]$/.test(key)) pick('1a2b3c4d5e'.indexOf(key) >> 1)
    else if (!revealed && (key === 'space' || key === 'enter')) reveal()
    else if (revealed && (key === 'space' || key === 'enter')) rate(suggested)
    else if (revealed && /^[1-4]$/.test(key)) rate(ratings[Number(key) - 1] ?? suggested)
    else return false
    return true
  })

  return (
    <>
      <div class="review-body">
        <p class="kicker">
          <a href={`/sections/${card?.section ?? exercise?.section}`}>{card?.section ?? exercise?.section}</a>
          <span>{kindWords[item.why]}</span>
        </p>
        {item.leech && <LeechNote item={item} />}
        {exercise && <ExerciseCard exercise={exercise} onLater={sitting.later} />}
        {card && <h1 class="sr-only">Review</h1>}
        {card && (
          <Card
            card={card}
            choices={choices}
            revealed={revealed}
            picked={picked}
            typed={typed}
            right={card.kind === 'typed' ? right : null}
            onPick={pick}
            onType={setTyped}
            onReveal={reveal}
          />
        )}
      </div>
      {card && (
        <footer class="review-foot">
          {revealed ? (
            <RatingBar key="rate" intervals={item.intervals} suggested={suggested} onRate={rate} />
          ) : (
            <button key="show" type="button" class="primary wide" onClick={reveal}>
              {card.kind === 'typed' ? 'Check' : 'Show the answer'}
              <span class="kbd" aria-hidden="true">
                {card.kind === 'typed' ? 'Enter' : 'Space'}
              </span>
            </button>
          )}
        </footer>
      )}
    </>
  )
}

/** Whether the answer was right, where that can be known: null leaves it to the learner. */
function rightness(
  card: NonNullable<QueueItem['card']>,
  choices: { correct: boolean }[],
  picked: number | null,
  typed: string,
): boolean | null {
  if (card.kind === 'choice') return picked === null ? false : (choices[picked]?.correct ?? false)
  return card.kind === 'typed' ? isAnswer(typed, card.answers ?? []) : null
}

import { useRef } from 'preact/hooks'
import { api } from '../api.ts'
import { fromNow } from './dates.ts'
import { say } from './toast.tsx'
import { ratingWords } from './words.ts'

/** Shows the solution, after a question: it counts as not known. */
export function GiveUp({ id, onGivenUp }: { id: string; onGivenUp: () => Promise<void> }) {
  const dialog = useRef<HTMLDialogElement>(null)
  const giveUp = async () => {
    dialog.current?.close()
    try {
      const { review } = await api.giveUp(id)
      await onGivenUp()
      if (review) say('note', `Rated ${ratingWords[review.rating]}, due again ${fromNow(review.dueAt)}.`)
      document.getElementById('solution')?.scrollIntoView({ block: 'start' })
    } catch (error) {
      say('problem', (error as Error).message)
    }
  }
  return (
    <>
      <button type="button" onClick={() => dialog.current?.showModal()}>
        Give up…
      </button>
      <dialog ref={dialog} aria-labelledby="give-up-title">
        <h2 id="give-up-title">Show the solution?</h2>
        <p>The exercise is rated Again and comes back soon with a blank starter. Your draft stays until then.</p>
        <div class="actions">
          <button type="button" class="primary" onClick={() => void giveUp()}>
            Show the solution
          </button>
          <button type="button" onClick={() => dialog.current?.close()}>
            Keep trying
          </button>
        </div>
      </dialog>
    </>
  )
}

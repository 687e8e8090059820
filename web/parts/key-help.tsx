import { useEffect, useRef } from 'preact/hooks'

const keys: [keys: string[], what: string][] = [
  [['Space'], 'Show the answer; then the highlighted rating'],
  [['1', '2', '3', '4'], 'Again, Hard, Good, Easy'],
  [['1–5', 'A–E'], 'Pick a choice'],
  [['Enter'], 'Check a typed answer'],
  [['U', 'Ctrl+Z'], 'Undo the last answer'],
  [['L'], 'Put an exercise off for this sitting'],
  [['Esc'], 'Stop'],
  [['Ctrl+Enter'], 'In an exercise: run it, which costs nothing'],
  [['Ctrl+Shift+Enter'], 'In an exercise: submit it'],
]

/** The keys of a review, in a real dialog: the browser keeps the focus inside and Esc closes it. */
export function KeyHelp({ onClose }: { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog ref={dialog} onClose={onClose} aria-labelledby="keys-title">
      <h2 id="keys-title">Keys</h2>
      <dl class="keys">
        {keys.map(([names, what]) => (
          <div key={what}>
            <dt>
              {names.map((name) => (
                <kbd key={name}>{name}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <form method="dialog">
        <button type="submit">Close</button>
      </form>
    </dialog>
  )
}

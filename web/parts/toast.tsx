import { useEffect, useState } from 'preact/hooks'

/** Short messages at the foot of the page. A problem stays until it is dismissed or followed by another message. */

type Message = { kind: 'note' | 'problem'; text: string }
const noteMs = 4_000
let current: Message | null = null
const said = new EventTarget()

export function say(kind: Message['kind'], text: string): void {
  current = { kind, text }
  said.dispatchEvent(new Event('change'))
}

export function Toast() {
  const [message, setMessage] = useState(current)
  useEffect(() => {
    const update = () => setMessage(current)
    said.addEventListener('change', update)
    return () => said.removeEventListener('change', update)
  }, [])
  useEffect(() => {
    if (message?.kind !== 'note') return
    const timer = setTimeout(() => setMessage(null), noteMs)
    return () => clearTimeout(timer)
  }, [message])
  return (
    <div class="toast-place" role="status" aria-live="polite">
      {message && (
        <div class={`toast toast-${message.kind}`}>
          <span>{message.text}</span>
          <button type="button" class="quiet" onClick={() => setMessage(null)}>
            Dismiss
          </button>
        </div>
      )}
    </div>
  )
}

import { useState } from 'preact/hooks'
import { Icon } from '../parts/icon.tsx'
import { KeyHelp } from '../parts/key-help.tsx'
import { ReviewDone } from '../parts/review-done.tsx'
import { ReviewItem } from '../parts/review-item.tsx'
import { useSitting } from '../parts/sitting.ts'
import { useTitle } from '../parts/title.ts'
import { UnsentBadge } from '../parts/unsent-badge.tsx'
import { Waiting } from '../parts/waiting.tsx'

/** One item at a time, `minutes` long or until nothing is left. */
export function ReviewScreen({ minutes }: { minutes: number | undefined }) {
  useTitle('Review')
  const sitting = useSitting(minutes)
  const [help, setHelp] = useState(false)
  const { session, queue } = sitting
  const shown = session.items[0]
  const done = session.answered.length
  const canUndo = done > 0 || queue?.canUndo === true
  const over = !shown || sitting.timeIsUp
  return (
    <div class="review">
      <header class="review-top">
        <a class="icon-button" href="/" aria-label="Stop and go to today" title="Stop (Esc)">
          <Icon name="close" />
        </a>
        <progress
          class="bar"
          max={Math.max(1, done + session.left)}
          value={done}
          aria-label="Progress of this sitting"
        />
        <span class="count">{over ? '' : `${session.left} left`}</span>
        <UnsentBadge />
        <button
          type="button"
          class="icon-button"
          disabled={!canUndo}
          onClick={() => void sitting.undo()}
          aria-label="Undo the last answer"
          title="Undo (u)"
        >
          <Icon name="undo" />
        </button>
        <button
          type="button"
          class="icon-button keyboard-only"
          onClick={() => setHelp(true)}
          aria-label="Keys"
          title="Keys (?)"
        >
          <Icon name="keyboard" />
        </button>
      </header>
      {shown && !sitting.timeIsUp ? (
        <ReviewItem
          key={`${shown.item} ${shown.version} ${done}`}
          item={shown}
          sitting={sitting}
          onHelp={() => setHelp(true)}
        />
      ) : sitting.loading || (sitting.error && done === 0) ? (
        <Waiting of={sitting} />
      ) : (
        <ReviewDone sitting={sitting} />
      )}
      {help && <KeyHelp onClose={() => setHelp(false)} />}
    </div>
  )
}

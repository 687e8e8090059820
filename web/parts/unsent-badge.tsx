import { useUnsent } from './unsent.ts'

/** Says what has not reached the server. Silent while an answer takes its normal moment. */
export function UnsentBadge() {
  const { count, stuck, tryNow } = useUnsent()
  if (!stuck || count === 0) return null
  return (
    <button
      type="button"
      class="badge badge-warn"
      onClick={tryNow}
      title="Kept on this device; sent as soon as the server answers. Try now"
    >
      {count} not sent
    </button>
  )
}

import { useEffect, useRef } from 'preact/hooks'

/** Time spent with an exercise: from sign of life to sign of life, where a longer silence is a pause and does not count. */
export type ActiveTime = { totalMs: number; lastSeenMs: number | null }

export const noTime: ActiveTime = { totalMs: 0, lastSeenMs: null }
const pauseMs = 5 * 60_000

export function seenAt({ totalMs, lastSeenMs }: ActiveTime, nowMs: number): ActiveTime {
  const silenceMs = lastSeenMs === null ? 0 : nowMs - lastSeenMs
  return { totalMs: totalMs + (silenceMs > 0 && silenceMs <= pauseMs ? silenceMs : 0), lastSeenMs: nowMs }
}

const signs = ['keydown', 'pointerdown', 'pointermove', 'wheel', 'scroll', 'focus'] as const

/** Counts while the screen is open. The returned function gives the milliseconds up to now. */
export function useActiveTime(start: () => ActiveTime, keep: (time: ActiveTime) => void): () => number {
  const time = useRef<ActiveTime | null>(null)
  time.current ??= seenAt({ ...start(), lastSeenMs: null }, Date.now())
  const latest = useRef(keep)
  latest.current = keep
  useEffect(() => {
    const seen = () => {
      time.current = seenAt(time.current ?? noTime, Date.now())
    }
    const store = () => latest.current(time.current ?? noTime)
    for (const sign of signs) addEventListener(sign, seen, { passive: true, capture: true })
    addEventListener('pagehide', store)
    return () => {
      for (const sign of signs) removeEventListener(sign, seen, { capture: true })
      removeEventListener('pagehide', store)
      store()
    }
  }, [])
  return () => {
    time.current = seenAt(time.current ?? noTime, Date.now())
    return time.current.totalMs
  }
}

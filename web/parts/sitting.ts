import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import type { Queue, QueueItem } from '../../server/api/contract.ts'
import { ApiError, api } from '../api.ts'
import { answer, bringForward, emptySession, forget, putOff, refresh, type Session, takeBack } from './session.ts'
import { say } from './toast.tsx'
import { onRefused, onSaved, outbox } from './unsent.ts'

/** How many items are fetched at once: enough to go on for a while when the server is away. */
const fetchedItems = 30
const longestReviewMs = 3_600_000

export type Rating = QueueItem['intervals'][number]['rating']
export type Sitting = {
  session: Session
  queue: Queue | undefined
  error: Error | null
  loading: boolean
  /** Minutes of the time box are used up. */
  timeIsUp: boolean
  rate: (rating: Rating, durationMs: number) => void
  undo: () => Promise<void>
  later: () => void
  reload: () => Promise<void>
}

/**
 * Runs a sitting: the next item is on the screen as soon as one is rated, the answer goes to the outbox, and the queue is
 * asked again once everything is saved (a learning item comes back with the intervals of its new state).
 * `minutes` is the time box, undefined for all that is due.
 */
export function useSitting(minutes: number | undefined): Sitting {
  const [session, setSession] = useState(emptySession)
  const [queue, setQueue] = useState<Queue>()
  const [error, setError] = useState<Error | null>(null)
  const [loading, setLoading] = useState(true)
  const endsAt = useRef(minutes === undefined ? Number.POSITIVE_INFINITY : Date.now() + minutes * 60_000)
  /** Counts what the learner does; an answer of the server to a question asked before is out of date. */
  const moves = useRef(0)

  const load = useCallback(async () => {
    const asked = moves.current
    const leftMin = Math.ceil((endsAt.current - Date.now()) / 60_000)
    if (leftMin <= 0) return setLoading(false)
    try {
      const fresh = await api.queue({ limit: fetchedItems, ...(Number.isFinite(leftMin) && { minutes: leftMin }) })
      if (asked !== moves.current) return
      const onTheirWay = new Set(outbox.unsent().map(({ item }) => item))
      setQueue(fresh)
      setSession((now) => refresh(now, fresh.items, onTheirWay, totalOf(fresh, Number.isFinite(leftMin))))
      setError(null)
    } catch (problem) {
      setError(problem as Error)
    }
    setLoading(false)
  }, [])

  useEffect(() => {
    void load()
    const stopSaved = onSaved(() => {
      if (outbox.unsent().length === 0) void load()
    })
    const stopRefused = onRefused(({ item }) => {
      moves.current += 1
      setSession((now) => forget(now, item))
      void load()
    })
    return () => {
      stopSaved()
      stopRefused()
    }
  }, [load])

  const rate = (rating: Rating, durationMs: number) => {
    const shown = session.items[0]
    if (!shown) return
    const id = crypto.randomUUID()
    moves.current += 1
    setSession(answer(session, id))
    outbox.add({
      id,
      item: shown.item,
      version: shown.version,
      rating,
      answeredAt: new Date().toISOString(),
      durationMs: Math.min(Math.round(durationMs), longestReviewMs),
    })
  }

  const undo = async () => {
    const last = session.answered.at(-1)
    moves.current += 1
    if (last && outbox.takeBack(last.reviewId)) {
      setSession((now) => takeBack(now, { item: last.shown.item }))
      return
    }
    await outbox.settled()
    try {
      const undone = await api.undo()
      moves.current += 1
      setSession((now) => takeBack(now, undone))
      await load()
      setSession((now) => bringForward(now, undone.item))
    } catch (problem) {
      const nothing = problem instanceof ApiError && problem.code === 'nothing-to-undo'
      say(nothing ? 'note' : 'problem', nothing ? 'There is nothing to undo.' : (problem as Error).message)
    }
  }

  return {
    session,
    queue,
    error,
    loading,
    timeIsUp: Date.now() >= endsAt.current,
    rate,
    undo,
    later: () => setSession(putOff),
    reload: load,
  }
}

/** A time box is served whole; without one the day's counts say how much there is. */
const totalOf = ({ counts, items }: Queue, boxed: boolean): number =>
  boxed ? items.length : counts.new + counts.learning + counts.review + counts.exercises

import { useEffect, useState } from 'preact/hooks'
import type { ReviewReply, ReviewRequest } from '../../server/api/contract.ts'
import { ApiError, api } from '../api.ts'
import { createOutbox } from './outbox.ts'
import { names, read, write } from './storage.ts'
import { say } from './toast.tsx'

/** The page's one outbox, on localStorage and the real server. */

const prefix = 'unsent.'
const savedListeners = new Set<(reply: ReviewReply) => void>()
const refusedListeners = new Set<(review: ReviewRequest) => void>()
let wake = () => {}

const refusals: Partial<Record<string, string>> = {
  'stale-version': 'This item was answered elsewhere in the meantime. It has been loaded again.',
  'not-due': 'This item is not due any more.',
  'not-found': 'This item is no longer part of the course.',
}

export const outbox = createOutbox({
  storage: {
    names: () => names(prefix).map((name) => name.slice(prefix.length)),
    read: (name) => read(prefix + name),
    write: (name, value) => write(prefix + name, value),
  },
  send: api.review,
  // A server in trouble (5xx) has not decided anything, so its error is no answer.
  isRefusal: (error) => error instanceof ApiError && error.status < 500,
  onSaved(reply) {
    if (reply.setAside)
      say('note', 'An answer given offline came after an undo of its item. It is kept in the log and changed nothing.')
    for (const listener of savedListeners) listener(reply)
  },
  onRefused(review, error) {
    const code = error instanceof ApiError ? error.code : 'internal'
    say('problem', refusals[code] ?? `One answer was not accepted: ${(error as Error).message}`)
    for (const listener of refusedListeners) listener(review)
  },
  pause: (ms) =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    }),
  exclusively: (send) => (navigator.locks ? navigator.locks.request('drillbase.outbox', send) : send()),
})

export const onSaved = (listener: (reply: ReviewReply) => void): (() => void) => {
  savedListeners.add(listener)
  return () => savedListeners.delete(listener)
}
export const onRefused = (listener: (review: ReviewRequest) => void): (() => void) => {
  refusedListeners.add(listener)
  return () => refusedListeners.delete(listener)
}

/** Sends what an earlier visit left behind, and tries at once when the network comes back. */
export function startOutbox(): void {
  outbox.flush()
  addEventListener('online', () => wake())
}

export function useUnsent(): { count: number; stuck: boolean; tryNow: () => void } {
  const [, redraw] = useState(0)
  useEffect(() => outbox.subscribe(() => redraw((count) => count + 1)), [])
  return { count: outbox.unsent().length, stuck: outbox.stuck(), tryNow: () => wake() }
}

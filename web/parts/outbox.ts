import type { ReviewReply, ReviewRequest } from '../../server/api/contract.ts'

/**
 * Reviews on their way to the server. An answer is kept here first and sent then, in order and one at a time, so that the
 * next card need not wait and nothing is lost when the server is away or the page is closed.
 */

/** One entry a review: adding and removing never rewrites what another tab has just stored. */
export type OutboxStorage = {
  names: () => string[]
  read: (name: string) => string | null
  write: (name: string, value: string | null) => boolean
}

export type OutboxOptions = {
  storage: OutboxStorage
  send: (review: ReviewRequest) => Promise<ReviewReply>
  /** Whether an error is the server's answer (never sent again) instead of silence (sent again until it is answered). */
  isRefusal: (error: unknown) => boolean
  onSaved: (reply: ReviewReply) => void
  onRefused: (review: ReviewRequest, error: unknown) => void
  /** Waits before the next try; rejects never. */
  pause: (ms: number) => Promise<void>
  /** Two tabs share the storage; one of them sends. */
  exclusively: (send: () => Promise<void>) => Promise<void>
}

export type Outbox = {
  add: (review: ReviewRequest) => void
  /** Takes back what has not been sent; false when it is on its way or gone. */
  takeBack: (id: string) => boolean
  unsent: () => ReviewRequest[]
  /** True from the first silence of the server until it speaks again. */
  stuck: () => boolean
  /** Resolves when nothing is left to send, or when the server is silent. */
  settled: () => Promise<void>
  /** Sends now what is left: at start, and when the network comes back. */
  flush: () => void
  subscribe: (listener: () => void) => () => void
}

const firstPauseMs = 1_000
const longestPauseMs = 30_000

/** Sorts by the instant of the answer; the id makes two answers of one millisecond two entries. */
const nameOf = (review: ReviewRequest) => `${review.answeredAt}.${review.id}`

export function createOutbox(options: OutboxOptions): Outbox {
  // Holds what the storage refuses to keep, too: then an answer lives as long as the page.
  const waiting = new Map<string, ReviewRequest>()
  const listeners = new Set<() => void>()
  const settledWaiters = new Set<() => void>()
  let sendingId: string | null = null
  let running = false
  let silent = false

  const tell = () => {
    for (const listener of listeners) listener()
    if (waiting.size > 0 && !silent) return
    for (const resolve of settledWaiters) resolve()
    settledWaiters.clear()
  }
  const keep = (review: ReviewRequest) => {
    waiting.set(nameOf(review), review)
    options.storage.write(nameOf(review), JSON.stringify(review))
  }
  const drop = (review: ReviewRequest) => {
    waiting.delete(nameOf(review))
    options.storage.write(nameOf(review), null)
  }
  const collect = () => {
    for (const name of options.storage.names()) {
      const text = options.storage.read(name)
      if (text !== null && !waiting.has(name)) waiting.set(name, JSON.parse(text) as ReviewRequest)
    }
  }
  const next = () => [...waiting.keys()].sort().map((name) => waiting.get(name))[0]

  async function sendOne(review: ReviewRequest): Promise<boolean> {
    sendingId = review.id
    try {
      const reply = await options.send(review)
      drop(review)
      silent = false
      options.onSaved(reply)
    } catch (error) {
      if (options.isRefusal(error)) {
        drop(review)
        silent = false
        options.onRefused(review, error)
      } else {
        // Until it is answered, the item may have been reviewed elsewhere: from now on it takes its place in time.
        keep({ ...review, merge: true })
        silent = true
      }
    } finally {
      sendingId = null
    }
    tell()
    return !silent
  }

  async function run() {
    if (running) return
    running = true
    let pauseMs = firstPauseMs
    for (let review = next(); review; review = next()) {
      const current = review
      let answered = false
      await options.exclusively(async () => {
        // It may have been taken back while this tab waited for its turn.
        answered = waiting.has(nameOf(current)) ? await sendOne(current) : true
      })
      if (answered) pauseMs = firstPauseMs
      else {
        await options.pause(pauseMs)
        pauseMs = Math.min(pauseMs * 2, longestPauseMs)
      }
    }
    running = false
  }

  const flush = () => {
    collect()
    tell()
    void run()
  }

  return {
    flush,
    add(review) {
      keep(review)
      tell()
      void run()
    },
    takeBack(id) {
      const review = [...waiting.values()].find((one) => one.id === id)
      if (!review || sendingId === id) return false
      drop(review)
      tell()
      return true
    },
    unsent: () => [...waiting.keys()].sort().flatMap((name) => waiting.get(name) ?? []),
    stuck: () => silent,
    settled: () =>
      waiting.size === 0 || silent ? Promise.resolve() : new Promise((resolve) => settledWaiters.add(resolve)),
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

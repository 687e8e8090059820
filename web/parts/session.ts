import type { QueueItem } from '../../server/api/contract.ts'

/**
 * One sitting of reviews, as data: what is on the screen (the first item), what follows, what was answered. The server's
 * queue stays the truth; between two answers of it this holds the order.
 */
export type Session = {
  items: QueueItem[]
  answered: { reviewId: string; shown: QueueItem }[]
  /** Exercises put off for this sitting. */
  putOff: string[]
  /** How much is left, the item on the screen included; `items` may be a window of it. */
  left: number
}

export const emptySession: Session = { items: [], answered: [], putOff: [], left: 0 }

/** The first item was answered; the next one is on the screen. */
export function answer(session: Session, reviewId: string): Session {
  const [shown, ...items] = session.items
  if (!shown) return session
  return { ...session, items, answered: [...session.answered, { reviewId, shown }], left: session.left - 1 }
}

export function putOff(session: Session): Session {
  const [shown, ...items] = session.items
  return shown ? { ...session, items, putOff: [...session.putOff, shown.item], left: session.left - 1 } : session
}

/**
 * The server's queue replaces what follows. What is on the screen stays there, in its newest version; what has an answer on
 * its way is left out. `total` counts the server's whole queue, of which `fresh` may be the first part.
 */
export function refresh(session: Session, fresh: QueueItem[], onTheirWay: ReadonlySet<string>, total: number): Session {
  const [shown] = session.items
  const wanted = fresh.filter(({ item }) => !onTheirWay.has(item) && !session.putOff.includes(item))
  const left = Math.max(total - (fresh.length - wanted.length), wanted.length)
  if (!shown) return { ...session, items: wanted, left }
  const newest = wanted.find(({ item }) => item === shown.item)
  const rest = wanted.filter(({ item }) => item !== shown.item)
  const first = newest && newest.version !== shown.version ? newest : shown
  return { ...session, items: [first, ...rest], left: Math.max(left, rest.length + 1) }
}

/** The server refused an answer of this item: it leaves the screen's order until the queue brings it again. */
export function forget(session: Session, item: string): Session {
  const items = session.items.filter((one) => one.item !== item)
  return { ...session, items, left: session.left - (session.items.length - items.length) }
}

/**
 * The last answer is taken back: its item is on the screen again. `version` is the server's after the undo; without it (the
 * answer had not been sent) the item is as it was.
 */
export function takeBack(session: Session, undone: { item: string; version?: number }): Session {
  const index = session.answered.findLastIndex(({ shown }) => shown.item === undone.item)
  const found = session.answered[index]
  const known = found?.shown ?? session.items.find(({ item }) => item === undone.item)
  const items = session.items.filter(({ item }) => item !== undone.item)
  if (!known) return session
  return {
    ...session,
    items: [{ ...known, version: undone.version ?? known.version }, ...items],
    answered: session.answered.filter((_, place) => place !== index),
    left: session.left + (found ? 1 : 0),
  }
}

/** An undone answer of an earlier sitting: its item goes to the front once the queue has brought it. */
export function bringForward(session: Session, item: string): Session {
  const found = session.items.find((one) => one.item === item)
  return found ? { ...session, items: [found, ...session.items.filter((one) => one !== found)] } : session
}

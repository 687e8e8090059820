import { EventEmitter } from 'node:events'
import type { Store } from '../store/store.ts'

/** Hints that a submission has news, for the streams of this process: from its own grading process, or through the store. */
export type News = {
  tell(submissionId: string): void
  /** Returns how to stop. */
  on(submissionId: string, listener: () => void): () => void
}

export function newsOf(store: Store): News {
  const events = new EventEmitter().setMaxListeners(0)
  store.listen((change) => {
    if (change.type !== 'news') return
    // Of which one is not known: whoever listens looks.
    const names = change.submissionId === null ? events.eventNames() : [change.submissionId]
    for (const name of names) events.emit(name)
  })
  return {
    tell: (submissionId) => void events.emit(submissionId),
    on(submissionId, listener) {
      events.on(submissionId, listener)
      return () => events.off(submissionId, listener)
    },
  }
}

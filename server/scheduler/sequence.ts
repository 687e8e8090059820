/** Puts the `few` among the `many`, both in their own order, so that they part the many into stretches of even length. */
export function spread<T>(few: readonly T[], many: readonly T[]): T[] {
  const sequence: T[] = []
  let taken = 0
  few.forEach((one, n) => {
    const upTo = Math.round(((n + 1) * many.length) / (few.length + 1))
    for (; taken < upTo; taken++) sequence.push(many[taken] as T)
    sequence.push(one)
  })
  return [...sequence, ...many.slice(taken)]
}

/**
 * The same sequence with no two neighbours of one key: an entry that would follow its sibling waits for the next entry that
 * is none. Those for whom none comes are left out; the queue is built again after the next answer and has them then.
 */
export function keepApart<T>(entries: readonly T[], keyOf: (entry: T) => string): T[] {
  const sequence: T[] = []
  const waiting: T[] = []
  let lastKey: string | null = null
  let released = 0
  const place = (entry: T) => {
    sequence.push(entry)
    lastKey = keyOf(entry)
  }
  for (const entry of entries) {
    if (keyOf(entry) === lastKey) {
      waiting.push(entry)
      continue
    }
    place(entry)
    // All that wait share one key: that of the entry before the one just placed.
    const first = waiting[released]
    if (first !== undefined) {
      released++
      place(first)
    }
  }
  return sequence
}

/** Puts the `few` evenly among the `many`, both in their own order, never at the very start while there is something else. */
export function spread<T>(few: readonly T[], many: readonly T[]): T[] {
  const sequence: T[] = []
  let next = 0
  for (let n = 0; n <= many.length; n++) {
    while (next < few.length && Math.floor(((next + 1) * many.length) / (few.length + 1)) <= n - 1) {
      sequence.push(few[next++] as T)
    }
    if (n < many.length) sequence.push(many[n] as T)
  }
  return [...sequence, ...few.slice(next)]
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

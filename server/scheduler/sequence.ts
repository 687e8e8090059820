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
 * The same sequence with no two related neighbours: an entry that would follow a relative waits for the next entry that is
 * none. Those for whom none comes are left out; the queue is built again after the next answer and has them then.
 */
export function keepApart<T>(entries: readonly T[], areRelated: (one: T, other: T) => boolean): T[] {
  const sequence: T[] = []
  const waiting: T[] = []
  const mayFollow = (entry: T) => {
    const last = sequence.at(-1)
    return last === undefined || !areRelated(last, entry)
  }
  for (const entry of entries) {
    if (!mayFollow(entry)) {
      waiting.push(entry)
      continue
    }
    sequence.push(entry)
    for (let at = waiting.findIndex(mayFollow); at >= 0; at = waiting.findIndex(mayFollow))
      sequence.push(...waiting.splice(at, 1))
  }
  return sequence
}

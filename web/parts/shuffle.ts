/** A new order each time; `random` gives numbers in [0, 1). The given list stays as it is. */
export function shuffle<T>(list: readonly T[], random: () => number = Math.random): T[] {
  const left = [...list]
  const out: T[] = []
  while (left.length > 0) out.push(...left.splice(Math.floor(random() * left.length), 1))
  return out
}

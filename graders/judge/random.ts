import { createHash } from 'node:crypto'
import type { Random } from './kit-types.ts'

const letters = 'abcdefghijklmnopqrstuvwxyz'
const lettersAndDigits = `${letters}0123456789`
/** What breaks careless quoting, escaping and encoding, beside plain letters. */
const awkward = ["'", '"', '%', '\\', '_', ' ', '$1', ';', '--', 'ä', 'ß', 'é', 'ž', '中', 'д', '🙂']

/**
 * Chance that can be repeated. `restart(scope)` begins the stream of one test, so that a test draws the same values whether it
 * runs alone or among others in any order.
 */
export function createRandom(seed: string): { random: Random; restart(scope: string): void } {
  let next = stream(`${seed}/suite`)
  const below = (bound: number) => Math.floor(next() * bound)
  const pick = <T>(values: readonly T[]): T => {
    if (values.length === 0) throw new RangeError('random.pick needs at least one value')
    return values[below(values.length)] as T
  }
  const random: Random = {
    seed,
    int: (from, to) => from + below(to - from + 1),
    bigint(from, to) {
      const span = to - from + 1n
      // 64 bits more than the span holds: the bias of the remainder is then beyond notice.
      let drawn = 0n
      for (let bits = 0; bits < span.toString(2).length + 64; bits += 32)
        drawn = (drawn << 32n) | BigInt(below(2 ** 32))
      return from + (drawn % span)
    },
    pick,
    shuffle(values) {
      const shuffled = [...values]
      for (let last = shuffled.length - 1; last > 0; last--) {
        const other = below(last + 1)
        ;[shuffled[last], shuffled[other]] = [
          shuffled[other] as (typeof shuffled)[0],
          shuffled[last] as (typeof shuffled)[0],
        ]
      }
      return shuffled
    },
    name(prefix = '') {
      const first = prefix === '' ? letters[below(26)] : ''
      return prefix + first + Array.from({ length: 11 }, () => lettersAndDigits[below(36)]).join('')
    },
    text: (length = 24) => Array.from({ length }, () => (below(2) === 0 ? letters[below(26)] : pick(awkward))).join(''),
  }
  return {
    random,
    restart(scope) {
      next = stream(`${seed}/${scope}`)
    },
  }
}

/** Numbers in [0, 1) from a text: sfc32 (PractRand's small fast counter generator) seeded with SHA-256. */
function stream(seed: string): () => number {
  const digest = createHash('sha256').update(seed).digest()
  let [a, b, c, counter] = [digest.readInt32LE(0), digest.readInt32LE(4), digest.readInt32LE(8), 1]
  return () => {
    const sum = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    c |= 0
    return (sum >>> 0) / 2 ** 32
  }
}

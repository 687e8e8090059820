import { describe, expect, test } from 'vitest'
import { createRandom } from './random.ts'

describe('random', () => {
  test('repeats everything from the same seed and scope, whatever was drawn before', () => {
    const draw = (seed: string, before: number) => {
      const { random, restart } = createRandom(seed)
      for (let i = 0; i < before; i++) random.int(1, 100)
      restart('moves_money')
      return [random.int(1, 1_000_000), random.name('u_'), random.text(), random.shuffle([1, 2, 3, 4, 5, 6, 7, 8])]
    }
    expect(draw('s1', 0)).toEqual(draw('s1', 17))
    expect(draw('s1', 0)).not.toEqual(draw('s2', 0))
  })

  test('reaches both ends of an interval and nothing beyond', () => {
    const { random } = createRandom('ends')
    const drawn = new Set(Array.from({ length: 500 }, () => random.int(-2, 2)))
    expect([...drawn].sort((a, b) => a - b)).toEqual([-2, -1, 0, 1, 2])
    const big = Array.from({ length: 200 }, () => random.bigint(2n ** 70n, 2n ** 70n + 3n))
    expect(new Set(big)).toEqual(new Set([0n, 1n, 2n, 3n].map((n) => 2n ** 70n + n)))
  })

  test('names start with a letter or the prefix and do not repeat', () => {
    const { random } = createRandom('names')
    const names = Array.from({ length: 2_000 }, () => random.name())
    expect(new Set(names).size).toBe(2_000)
    expect(names.every((name) => /^[a-z][a-z0-9]{11}$/.test(name))).toBe(true)
    expect(random.name('acct_')).toMatch(/^acct_[a-z0-9]{11}$/)
  })

  test('shuffle keeps every element and leaves its input alone', () => {
    const { random } = createRandom('shuffle')
    const values = Object.freeze([1, 2, 3, 4, 5])
    expect([...random.shuffle(values)].sort()).toEqual([...values])
  })
})

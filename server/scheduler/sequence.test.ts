import { describe, expect, test } from 'vitest'
import { seededRandom } from './examples.ts'
import { keepApart, spread } from './sequence.ts'

describe('spread', () => {
  test.each([
    ['', 'abc', 'abc'],
    ['1', '', '1'],
    ['1', 'abcd', 'ab1cd'],
    ['12', 'abcdef', 'ab1cd2ef'],
    ['123', 'a', '1a23'],
  ])('%j among %j is %j', (few, many, sequence) => {
    expect(spread([...few], [...many]).join('')).toBe(sequence)
  })

  test('no stretch between two of the few is more than one longer than another', () => {
    for (let few = 1; few < 12; few++)
      for (let many = few; many < 60; many++) {
        const sequence = spread(Array(few).fill('n'), Array(many).fill('.')).join('')
        const stretches = sequence.split('n').map((stretch) => stretch.length)
        expect(stretches).toHaveLength(few + 1)
        expect(Math.max(...stretches) - Math.min(...stretches)).toBeLessThanOrEqual(1)
      }
  })
})

describe('keeping relatives apart', () => {
  const apart = (keys: string) =>
    keepApart([...keys], (one, other) => one.toLowerCase() === other.toLowerCase()).join('')

  test.each([
    ['abc', 'abc'],
    ['aAbc', 'abAc'],
    ['aAAbcd', 'abAcAd'],
    ['aAbBc', 'abABc'],
    ['aA', 'a'],
    ['baA', 'ba'],
    ['', ''],
  ])('%j becomes %j', (keys, sequence) => {
    expect(apart(keys)).toBe(sequence)
  })

  test('an entry related to several is next to none of them', () => {
    const share = (one: string, other: string) => [...one].some((part) => other.includes(part))
    expect(keepApart(['a', 'ab', 'b', 'bc', 'd', 'e'], share)).toEqual(['a', 'b', 'd', 'ab', 'e', 'bc'])
  })

  test('no two neighbours share a key, and nothing appears that was not there', () => {
    const random = seededRandom(7)
    for (let run = 0; run < 500; run++) {
      const keys = Array.from({ length: Math.floor(random() * 30) }, () => 'abcde'.charAt(Math.floor(random() * 5)))
      const sequence = keepApart(
        keys.map((key, n) => ({ key, n })),
        (one, other) => one.key === other.key,
      )
      expect(sequence.map(({ key }) => key).join('')).not.toMatch(/(.)\1/)
      expect(new Set(sequence).size).toBe(sequence.length)
    }
  })
})

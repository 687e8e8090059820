import { describe, expect, test } from 'vitest'
import { unlikeItsClaims } from './claims.ts'

describe('what a lesson printed', () => {
  const lesson = (text: string, printed: string) => unlikeItsClaims({ of: 'lesson', text, output: null }, printed)

  test.each([
    ['print(a)  # 3', '3\n'],
    ['console.log(a) // 2: the earliest', '2\n'],
    ['print(a)\n# 3, because of b\n# 4', '3\n4\n'],
    ['print("none left")', 'none left\n'],
    ['a = 1  # one', ''],
  ])('is what %j says', (text, printed) => {
    expect(lesson(text, printed)).toBe(null)
  })

  test.each([
    ['print(a)  # 3', '4\n'],
    ['print(a)  # 3', ''],
    ['print(a)  # 31', '3\n'],
    ['print(a)', '3\n'],
    ['print(a)  # 3\nprint(b)  # 4', '4\n3\n'],
    ['print(a)  # 3', '3\n3\n'],
  ])('is not what %j says when it is %j', (text, printed) => {
    expect(lesson(text, printed)).not.toBe(null)
  })
})

test("what a card's code prints is its answer, whole", () => {
  const card = { of: 'card' as const, text: 'print(a)', output: '1\n2' }
  expect(unlikeItsClaims(card, '1\n2\n')).toBe(null)
  expect(unlikeItsClaims(card, '1\n')).toMatch('the card says')
})

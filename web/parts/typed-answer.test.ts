import { expect, test } from 'vitest'
import { isAnswer } from './typed-answer.ts'

test('case and runs of blanks do not matter', () => {
  expect(isAnswer('  select   FOR update ', ['SELECT FOR UPDATE'])).toBe(true)
})
test('any of the answers counts, nothing else does', () => {
  expect(isAnswer('23505', ['UniqueViolation', '23505'])).toBe(true)
  expect(isAnswer('2350', ['UniqueViolation', '23505'])).toBe(false)
  expect(isAnswer('', ['23505'])).toBe(false)
})

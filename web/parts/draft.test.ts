import { expect, test } from 'vitest'
import { turnOf } from './draft.ts'

test('a rating ends a turn, and so does becoming due again', () => {
  const turns = [
    { version: 0, due: false },
    { version: 1, due: false },
    { version: 1, due: true },
    { version: 2, due: false },
  ].map(turnOf)
  expect(new Set(turns).size).toBe(turns.length)
})

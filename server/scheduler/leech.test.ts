import { expect, test } from 'vitest'
import { leechAfter } from './leech.ts'
import { defaultSettings } from './types.ts'

test('an item is marked at its 8th lapse and at every 4th after it', () => {
  const marked = Array.from({ length: 21 }, (_, lapses) => lapses).filter((lapses) =>
    leechAfter(lapses, defaultSettings),
  )
  expect(marked).toEqual([8, 12, 16, 20])
})

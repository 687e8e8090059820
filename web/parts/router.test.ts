import { expect, test } from 'vitest'
import { match } from './router.ts'

test('a named part of the path is its parameter', () => {
  expect(match('/sections/:id', '/sections/62.1')).toEqual({ id: '62.1' })
  expect(match('/sections/:id', '/sections/62.1/')).toEqual({ id: '62.1' })
})
test('another path does not match', () => {
  expect(match('/sections/:id', '/sections')).toBeNull()
  expect(match('/sections', '/progress')).toBeNull()
  expect(match('/', '/')).toEqual({})
})
test('an address that cannot be decoded leads nowhere instead of breaking the page', () => {
  expect(match('/sections/:id', '/sections/%E0%A4%A')).toBeNull()
})

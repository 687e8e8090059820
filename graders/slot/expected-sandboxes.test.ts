import { expect, test } from 'vitest'
import { ExpectedSandboxes } from './expected-sandboxes.ts'

test('a suite is expected to start as many processes as in its fullest run', () => {
  const expected = new ExpectedSandboxes()
  expect(expected.of('pg-queue', ['claims', 'crashes'])).toBeUndefined()
  for (const started of [2, 3, 1]) expected.note('pg-queue', ['claims', 'crashes'], started)
  expect(expected.of('pg-queue', ['claims', 'crashes'])).toBe(3)
})

test('a part of a suite, and a suite with tests of the same names, are others', () => {
  const expected = new ExpectedSandboxes()
  expected.note('pg-queue', ['claims', 'crashes'], 2)
  expect(expected.of('pg-queue', ['claims'])).toBeUndefined()
  expect(expected.of('redis-queue', ['claims', 'crashes'])).toBeUndefined()
  expected.note('pg-queue', ['claims'], 0)
  expect(expected.of('pg-queue', ['claims'])).toBe(0)
})

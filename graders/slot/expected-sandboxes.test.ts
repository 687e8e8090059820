import { expect, test } from 'vitest'
import { ExpectedSandboxes } from './expected-sandboxes.ts'
import { sandboxesPerRun } from './limits.ts'

test('a suite is expected to start as many processes as in its fullest run', () => {
  const expected = new ExpectedSandboxes()
  expect(expected.of('pg-queue', ['claims', 'crashes'])).toEqual({ most: sandboxesPerRun, seen: false })
  for (const started of [2, 3, 1]) expected.note('pg-queue', ['claims', 'crashes'], started)
  expect(expected.of('pg-queue', ['claims', 'crashes'])).toEqual({ most: 3, seen: true })
})

test('tests that have not run together start no more than the suite did, and a single one is not expected to start any', () => {
  const expected = new ExpectedSandboxes()
  expected.note('pg-queue', ['claims', 'crashes', 'retries'], 2)
  expect(expected.of('pg-queue', ['claims', 'crashes'])).toEqual({ most: 2, seen: false })
  expect(expected.of('pg-queue', ['claims'])).toEqual({ most: 0, seen: false })
  expected.note('pg-queue', ['claims'], 1)
  expect(expected.of('pg-queue', ['claims'])).toEqual({ most: 1, seen: true })
})

test('a suite with tests of the same names is another', () => {
  const expected = new ExpectedSandboxes()
  expected.note('pg-queue', ['claims', 'crashes'], 2)
  expect(expected.of('redis-queue', ['claims', 'crashes'])).toEqual({ most: sandboxesPerRun, seen: false })
})

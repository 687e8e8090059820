import { expect, test } from 'vitest'
import type { ShownLine } from '../graders/sample.ts'
import { deviationOfSample } from './verify-sample.ts'

const value: ShownLine = { label: 'sum', kind: 'value', text: '5', code: null, truncated: false }
const refusal: ShownLine = { label: 'too much', kind: 'error', text: 'Error', code: 'INSUFFICIENT', truncated: false }

test('values and refusals with a code of the exercise are as they should be', () => {
  expect(deviationOfSample({ problem: null, shown: [value, refusal] })).toBeNull()
})

test.each([
  [
    'a sample that did not end',
    { problem: { code: 'time-limit' as const, message: null }, shown: [value] },
    /time-limit/,
  ],
  ['nothing shown', { problem: null, shown: [refusal] }, /shows no value/],
  ['an error without a code', { problem: null, shown: [value, { ...refusal, code: null }] }, /too much/],
  ['an error of the driver', { problem: null, shown: [value, { ...refusal, code: '23505' }] }, /too much/],
  ['a process that died', { problem: null, shown: [value, { ...refusal, code: 'SANDBOX_EXIT' }] }, /too much/],
])('%s is not', (_, result, expected) => {
  expect(deviationOfSample(result)).toMatch(expected)
})

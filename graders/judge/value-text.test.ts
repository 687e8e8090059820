import { expect, test } from 'vitest'
import { Verbatim, valueText } from './value-text.ts'

const text = (value: unknown, language: 'typescript' | 'python' = 'typescript') =>
  valueText(value, language, 10_000).text

test.each<[string, unknown, string, string]>([
  ['nothing', undefined, 'undefined', 'None'],
  ['null', null, 'null', 'None'],
  ['a truth', true, 'true', 'True'],
  ['a bigint', 2n ** 60n, '1152921504606846976n', '1152921504606846976'],
  ['a record', { a: 1, 'b c': 'x' }, '{ a: 1, "b c": "x" }', '{ "a": 1, "b c": "x" }'],
  ['a set', new Set(['x']), 'Set { "x" }', '{ "x" }'],
  ['an instant', new Date(0), '1970-01-01T00:00:00.000Z', '1970-01-01T00:00:00.000Z'],
  ['bytes', new Uint8Array([0, 255]), 'bytes(2) 00 ff', 'bytes(2) 00 ff'],
  ['a long number', new Verbatim('0.1000'), '0.1000', '0.1000'],
  ['empty ones', [[], {}], '[[], {}]', '[[], {}]'],
])('%s is written as its learner would', (_, value, typescript, python) => {
  expect([text(value), text(value, 'python')]).toEqual([typescript, python])
})

test('what does not fit into a line has an entry a line', () => {
  const row = { player: 'somebody with a name', score: 1, rank: 1 }
  expect(text([row, row])).toMatch(/^\[\n {2}\{ player: .* \},\n {2}\{ player: .* \}\n\]$/)
})

test('what is deep, wide, long or without end is cut, and says so', () => {
  const cyclic: Record<string, unknown> = {}
  cyclic.self = cyclic
  const wide = Array.from({ length: 1_000 }, (_, n) => Array.from({ length: 1_000 }, () => n))
  for (const value of [cyclic, wide, 'x'.repeat(1e6), new Uint8Array(1e6)]) {
    const { text: cut, isCut } = valueText(value, 'typescript', 4_000)
    expect(isCut).toBe(true)
    expect(cut.length).toBeLessThanOrEqual(4_000)
  }
})

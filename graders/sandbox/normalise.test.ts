import { describe, expect, test } from 'vitest'
import type { ResultSchema } from '../exercise.ts'
import { BadResult } from './errors.ts'
import { normalise } from './normalise.ts'
import { decodeValue } from './values.ts'

const noHandles = () => {
  throw new Error('no handle is expected here')
}
const read = (wire: unknown, schema: ResultSchema) => normalise(decodeValue(wire), schema, noHandles)

describe('a value that fits its schema', () => {
  const cases: [string, unknown, ResultSchema, unknown][] = [
    ['int', 7, 'int', 7],
    ['a small bigint for an int', { $: 'bigint', v: '7' }, 'int', 7],
    ['bigint', { $: 'bigint', v: '90071992547409930' }, 'bigint', 90071992547409930n],
    ['a Python int for a bigint', 7, 'bigint', 7n],
    ['decimal with its scale', { $: 'decimal', v: '1.20' }, 'decimal', '1.20'],
    ['decimal as a string', '12.50', 'decimal', '12.50'],
    ['a whole number for a decimal', 5, 'decimal', '5'],
    ['a bigint for a decimal', { $: 'bigint', v: '123456789012345678901' }, 'decimal', '123456789012345678901'],
    ['decimal without leading zeros', { $: 'decimal', v: '-007.50' }, 'decimal', '-7.50'],
    ['decimal minus zero', { $: 'decimal', v: '-0.00' }, 'decimal', '0.00'],
    ['float', 1.5, 'float', 1.5],
    ['float not a number', { $: 'float', v: 'NaN' }, 'float', Number.NaN],
    ['string', 'a', 'string', 'a'],
    ['bool', false, 'bool', false],
    ['bytes', { $: 'bytes', v: 'AP8=' }, 'bytes', new Uint8Array([0, 255])],
    ['instant', { $: 'instant', v: '2026-01-02T03:04:05.678Z' }, 'instant', new Date('2026-01-02T03:04:05.678Z')],
    [
      'instant with microseconds',
      { $: 'instant', v: '2026-01-02T03:04:05.678901Z' },
      'instant',
      new Date('2026-01-02T03:04:05.678Z'),
    ],
    ['objectId', { $: 'objectId', v: '0123456789abcdef01234567' }, 'objectId', '0123456789abcdef01234567'],
    ['none as null', null, 'none', undefined],
    ['none as undefined', { $: 'undefined' }, 'none', undefined],
    ['optional that is None', null, { optional: 'int' }, undefined],
    ['nullable that is undefined', { $: 'undefined' }, { nullable: 'int' }, null],
    ['list', [1, 2], { list: 'bigint' }, [1n, 2n]],
    ['set', { $: 'set', v: ['a', 'b'] }, { set: 'string' }, new Set(['b', 'a'])],
    [
      'map with hostile keys',
      JSON.parse('{"__proto__":1,"constructor":2}'),
      { map: 'int' },
      JSON.parse('{"__proto__":1,"constructor":2}'),
    ],
    ['record', { a: 1, b: 'x' }, { record: { a: 'int', b: 'string' } }, { a: 1, b: 'x' }],
    ['record without its optional field', { a: 1 }, { record: { a: 'int', b: { optional: 'int' } } }, { a: 1 }],
    [
      'record with None in its optional field',
      { a: 1, b: null },
      { record: { a: 'int', b: { optional: 'int' } } },
      { a: 1 },
    ],
    ['json', { a: [1, null, { b: 'c' }] }, 'json', { a: [1, null, { b: 'c' }] }],
    ['an object with a key $', { $: 'object', v: { $: 'bigint' } }, 'json', { $: 'bigint' }],
  ]
  test.each(cases)('%s', (_name, wire, schema, expected) => {
    expect(read(wire, schema)).toEqual(expected)
  })

  test('leaves an optional field out, so that None and a missing field compare alike', () => {
    expect(Object.keys(read({ a: null }, { record: { a: { optional: 'int' } } }) as object)).toEqual([])
  })
})

describe('a value that does not fit is refused with its place and reason', () => {
  const cases: [unknown, ResultSchema, string][] = [
    [1.5, 'int', 'result: expected an int, got the float 1.5'],
    [2 ** 53, 'int', 'result: expected an int, got a number too large to be exact'],
    [2 ** 53, 'bigint', 'result: expected a bigint, got a number too large to be exact'],
    ['12', 'bigint', 'result: expected a bigint, got a string'],
    [0.1, 'decimal', 'result: expected a decimal, got the float 0.1'],
    ['1e5', 'decimal', 'result: expected a decimal, got a string'],
    [1, 'string', 'result: expected a string, got an int'],
    [1, 'bool', 'result: expected a bool, got an int'],
    ['2026-01-01', 'instant', 'result: expected an instant, got a string'],
    [null, 'int', 'result: expected an int, got nothing'],
    [[], { set: 'int' }, 'result: expected a set, got a list'],
    [{ length: 3 }, { list: 'int' }, 'result: expected a list, got a record'],
    [[1], { record: { a: 'int' } }, 'result: expected a record, got a list'],
    [[1, 'x'], { list: 'int' }, 'result[1]: expected an int, got a string'],
    [
      { a: { until: 'x' } },
      { record: { a: { record: { until: 'instant' } } } },
      'result.a.until: expected an instant, got a string',
    ],
    [{ a: 1, b: 2 }, { record: { a: 'int' } }, 'result.b: no such field is declared; the fields are a'],
    [
      JSON.parse('{"a":1,"__proto__":2}'),
      { record: { a: 'int' } },
      'result.__proto__: no such field is declared; the fields are a',
    ],
    [{ 'odd key': 'x' }, { map: 'int' }, 'result["odd key"]: expected an int, got a string'],
    [{ $: 'bigint', v: '1' }, 'json', 'result: expected plain JSON data, got a bigint'],
    [{ a: 1 }, { handle: { stop: 'none' } }, 'result: expected an object with stop, got a record'],
    [{ $: 'handle', v: 1, methods: ['go'] }, { handle: { stop: 'none' } }, 'result: the object has no function stop'],
  ]
  test.each(cases)('%j as %j', (wire, schema, message) => {
    expect(() => read(wire, schema)).toThrow(new BadResult('', '').constructor as typeof BadResult)
    expect(() => read(wire, schema)).toThrow(message)
  })
})

import { expect, test } from 'vitest'
import { figuresOf, isComparable, type Traffic } from './figures.ts'

const traffic = (more: Partial<Traffic> = {}): Traffic => ({
  connections: 4,
  openAtOnce: 4,
  statements: 100,
  roundTrips: 100,
  waitingMs: 200,
  bytesUp: 10_000,
  bytesDown: 10_000,
  capacity: null,
  ...more,
})
const remarked = (own: Traffic, reference: Traffic | null) =>
  figuresOf('postgres', own, reference)
    .filter(({ remark }) => remark !== null)
    .map(({ name }) => name)

test('figures stand beside those of the reference, capacity only where there is any', () => {
  const figures = figuresOf('redis', traffic(), traffic({ statements: 90, waitingMs: 1_500 }))
  expect(figures.find(({ name }) => name === 'Commands')).toMatchObject({ own: '100', reference: '90' })
  expect(figures.find(({ name }) => name === 'Waiting for it')).toMatchObject({ own: '200 ms', reference: '1.5 s' })
  expect(figures.some(({ name }) => name.includes('capacity'))).toBe(false)
  const billed = figuresOf('dynamodb', traffic({ capacity: { read: 0.5, write: 3 } }), null)
  expect(billed.slice(-2)).toMatchObject([
    { own: '0.5', reference: null },
    { own: '3', reference: null },
  ])
})

test.each([
  ['the same', {}, []],
  ['twice as much of all', { connections: 8, statements: 200, roundTrips: 200, bytesDown: 20_000 }, []],
  ['three times the statements, and so the round trips', { statements: 300, roundTrips: 300 }, ['Statements']],
  ['only round trips', { roundTrips: 300 }, ['Round trips']],
  ['a connection a call', { connections: 60 }, ['Connections opened']],
  ['three times of very little', { connections: 8, openAtOnce: 8 }, []],
  ['everything fetched', { bytesDown: 2_000_000 }, ['Received']],
])('%s is remarked on where it tells something', (_, more, expected) => {
  expect(remarked(traffic(more), traffic())).toEqual(expected)
  expect(remarked(traffic(more), null)).toEqual([])
})

test('three times nothing needs a real difference too', () => {
  const none = traffic({ statements: 0, roundTrips: 0 })
  expect(remarked(traffic({ statements: 5, roundTrips: 5 }), none)).toEqual([])
  expect(remarked(traffic({ statements: 10, roundTrips: 5 }), none)).toEqual(['Statements'])
})

test('a run that was cut short is not compared', () => {
  const ended = (outcome: 'passed' | 'failed' | 'not-run' | 'timed-out') =>
    ({ name: 'a', outcome, message: null, hint: null, ms: 1 }) as const
  expect(isComparable({ tests: [ended('passed'), ended('failed')] })).toBe(true)
  for (const outcome of ['not-run', 'timed-out'] as const)
    expect(isComparable({ tests: [ended('passed'), ended(outcome)] })).toBe(false)
  expect(isComparable({ tests: [] })).toBe(false)
})

import { describe, expect, test } from 'vitest'
import { type Exercise, exercise as exerciseSchema, extensionOf } from '../graders/exercise.ts'
import type { GradeResult } from '../graders/job.ts'
import type { TestResult, Verdict } from '../graders/verdict.ts'
import { cellsOf, idleTests, planOf, type Row } from './verify-plan.ts'

const exercise: Exercise = exerciseSchema.parse({
  id: 'small',
  title: 'Small',
  summary: 'Small.',
  engines: [],
  languages: ['typescript', 'python'],
  minutes: 1,
  concepts: ['none'],
  functions: [{ name: 'f', result: 'none' }],
  tests: [
    { name: 'a', hint: 'A hint of some length.' },
    { name: 'b', hint: 'A hint of some length.' },
  ],
  wrong: [{ name: 'lazy', mistake: 'It does nothing at all.', killers: ['a', 'b'] }],
})
const row = (solution: string, killers: string[] = []): Row => ({
  solution,
  language: 'python',
  file: '',
  killers,
})
const one = (name: string, outcome: TestResult['outcome'], cause: TestResult['cause'] = null): TestResult => ({
  name,
  outcome,
  ms: 1,
  message: null,
  detail: null,
  cause,
})
const graded = (verdict: Verdict, ...tests: TestResult[]) =>
  ({
    verdict,
    tests,
    seed: 's1',
    error: null,
    incident: 'a broken lease',
  }) as unknown as GradeResult
const deviations = (...cells: Parameters<typeof cellsOf>) =>
  cellsOf(...cells).flatMap(({ deviation }) => deviation ?? [])

describe('which solutions an exercise has', () => {
  const files = new Set(['wrong/lazy.py'])

  test('a starter and a reference a language, and the wrong ones that are there', () => {
    const { rows, problems } = planOf(exercise, files, extensionOf)
    expect(rows.map((one) => one.file)).toEqual([
      'starter/solution.ts',
      'reference/solution.ts',
      'starter/solution.py',
      'reference/solution.py',
      'wrong/lazy.py',
    ])
    expect(problems).toEqual([])
    expect(planOf(exercise, files, extensionOf, 'typescript').rows).toHaveLength(2)
  })

  test('a wrong solution without a file, and a file that is not listed, are problems', () => {
    expect(planOf(exercise, new Set(['wrong/hasty.ts']), extensionOf).problems).toEqual([
      'wrong/hasty is not listed in exercise.yaml',
      'the wrong solution lazy has no file',
    ])
  })
})

describe('what deviates', () => {
  test('nothing when all is as declared', () => {
    const accepted = graded('accepted', one('a', 'passed'), one('b', 'passed'))
    expect(cellsOf(row('reference'), accepted)).toHaveLength(3)
    expect(deviations(row('reference'), accepted)).toEqual([])
    expect(deviations(row('starter'), graded('wrong-answer', one('a', 'failed', 'assertion')))).toEqual([])
    const caught = graded('time-limit', one('a', 'failed', 'assertion'), one('b', 'timed-out', 'deadline'))
    expect(deviations(row('lazy', ['a', 'b']), caught)).toEqual([])
  })

  test.each<[string, Row, GradeResult, RegExp]>([
    ['an accepted starter', row('starter'), graded('accepted'), /accepted as it is/],
    [
      'a refused reference',
      row('reference'),
      graded('wrong-answer', one('a', 'failed')),
      /wrong-answer \(seed s1\).*a failed/,
    ],
    [
      'a killer that lets it pass',
      row('lazy', ['a']),
      graded('accepted', one('a', 'passed')),
      /a must catch it, but passed/,
    ],
    ['a killer that was not run', row('lazy', ['b']), graded('wrong-answer', one('b', 'not-run')), /but not-run/],
    [
      'a killer that threw by itself',
      row('lazy', ['a']),
      graded('wrong-answer', one('a', 'failed', 'judge')),
      /but failed/,
    ],
    ['a fault of ours', row('lazy', ['a']), graded('internal-error'), /internal-error.*a broken lease/],
  ])('%s', (_, which, result, expected) => {
    expect(deviations(which, result)).toEqual([expect.stringMatching(expected)])
  })

  test('a test that catches nothing in any language', () => {
    const results = [
      {
        result: graded('wrong-answer', one('a', 'failed', 'assertion'), one('b', 'passed')),
      },
      { result: graded('internal-error', one('b', 'failed', 'judge')) },
    ]
    expect(idleTests(exercise, results)).toEqual(['b'])
  })
})

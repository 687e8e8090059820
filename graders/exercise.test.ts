import { describe, expect, test } from 'vitest'
import { exercise, pythonName, resultSchema } from './exercise.ts'

const smallest = {
  id: 'pg-ledger',
  title: 'A ledger',
  summary: 'Move money.',
  engines: ['postgres'],
  languages: ['typescript', 'python'],
  minutes: 30,
  concepts: ['transactions'],
  functions: [{ name: 'transfer', result: 'none' }],
  tests: [{ name: 'moves_money', hint: 'Both sides change together.' }],
}

/** Where the schema sees a fault, and what it says. */
function problems(changes: object) {
  const read = exercise.safeParse({ ...smallest, ...changes })
  return read.success ? [] : read.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
}

describe('exercise.yaml', () => {
  test('fills in limits and grants that an author leaves out', () => {
    const read = exercise.parse(smallest)
    expect(read.limits).toEqual({
      testMs: 5_000,
      suiteMs: 60_000,
      loadMs: 5_000,
      memoryMb: 256,
      outputBytes: 1_048_576,
      pids: 128,
    })
    expect(read.grants).toEqual({})
    expect(read.wrong).toEqual([])
    expect(exercise.parse({ ...smallest, limits: { testMs: 2_000 } }).limits).toMatchObject({
      testMs: 2_000,
      suiteMs: 60_000,
    })
    expect(exercise.parse({ ...smallest, grants: { postgres: {} } }).grants.postgres).toEqual({
      tables: [],
      sequences: true,
      create: false,
      temp: false,
    })
  })

  test.each([
    ['an id with capitals', { id: 'PgLedger' }, /^id: lower-case words joined by hyphens/],
    ['an unknown engine', { engines: ['oracle'] }, /^engines\.0: /],
    ['three engines', { engines: ['postgres', 'redis', 'mongodb'] }, /^engines: /],
    ['no language', { languages: [] }, /^languages: /],
    ['a field that does not exist', { timeout: 3 }, /timeout/],
    ['a misspelt limit', { limits: { testMS: 3_000 } }, /^limits: .*testMS/],
    ['a limit beyond what is allowed', { limits: { memoryMb: 4_096 } }, /^limits\.memoryMb: /],
    [
      'a snake_case function',
      { functions: [{ name: 'get_or_load', result: 'none' }] },
      /^functions\.0\.name: camelCase/,
    ],
    ['an unknown result type', { functions: [{ name: 'f', result: 'number' }] }, /^functions\.0\.result: /],
    ['a test without a useful hint', { tests: [{ name: 'a', hint: 'no' }] }, /^tests\.0\.hint: /],
    [
      'a test named twice',
      { tests: [smallest.tests[0], smallest.tests[0]] },
      /^tests\.\d\.name: the test moves_money is named twice/,
    ],
    [
      'a killer that is no test',
      { wrong: [{ name: 'no-lock', mistake: 'Reads without a lock.', killers: ['moves_monkeys'] }] },
      /^wrong\.0\.killers: no test is named moves_monkeys/,
    ],
    [
      'a wrong solution without a killer',
      { wrong: [{ name: 'x', mistake: 'It is simply wrong.', killers: [] }] },
      /^wrong\.0\.killers: /,
    ],
    ['a grant that is no privilege', { grants: { postgres: { tables: ['drop'] } } }, /^grants\.postgres\.tables\.0: /],
    [
      'a Redis grant that is no command',
      { grants: { redis: { commands: ['config set'] } } },
      /^grants\.redis\.commands\.0: /,
    ],
  ])('names the field of %s', (_, changes, expected) => {
    expect(problems(changes)).toContainEqual(expect.stringMatching(expected))
  })
})

describe('a result schema', () => {
  test('nests', () => {
    const schema = {
      record: { until: 'instant', seats: { list: { nullable: 'string' } }, stop: { handle: { stop: 'none' } } },
    }
    expect(resultSchema.parse(schema)).toEqual(schema)
  })

  test.each([{ list: 'int', set: 'int' }, { record: 'int' }, { tuple: ['int'] }, [], null])('refuses %j', (schema) => {
    expect(resultSchema.safeParse(schema).success).toBe(false)
  })
})

test("a function's name in Python has underscores", () => {
  expect(['getOrLoad', 'close', 'readV2Now'].map(pythonName)).toEqual(['get_or_load', 'close', 'read_v2_now'])
})

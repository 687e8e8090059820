import { expect, test } from 'vitest'
import { isSurelyOurs, oddityOf } from './oddity.ts'
import type { Evidence, SandboxEvidence, TestResult } from './verdict.ts'

const passed = (name: string): TestResult => ({
  name,
  outcome: 'passed',
  ms: 1,
  message: null,
  detail: null,
  cause: null,
})
const late = (name: string): TestResult => ({ ...passed(name), outcome: 'timed-out', cause: 'deadline' })
const wrong = (name: string): TestResult => ({ ...passed(name), outcome: 'failed', cause: 'assertion' })
const lost = (name: string): TestResult => ({ ...passed(name), outcome: 'failed', cause: 'sandbox-exit' })
const ended: SandboxEvidence = {
  exitedByItself: false,
  killedByStranger: false,
  exitCode: 137,
  oomKilled: false,
  outputLimit: false,
}
const good: Evidence = {
  expectedTests: ['a', 'b', 'c'],
  tests: ['a', 'b', 'c'].map(passed),
  load: { outcome: 'loaded', message: null },
  sandboxes: [ended],
  protocolViolation: null,
  suiteDeadline: false,
  judge: 'finished',
  engineOutOfMemory: false,
  enginesHealthy: true,
  meddling: null,
}
const withTests = (...tests: TestResult[]): Partial<Evidence> => ({ tests })
const exited = { sandboxes: [{ ...ended, exitedByItself: true, exitCode: 1 }] }

test.each<[string, Partial<Evidence>]>([
  ['every test passes', {}],
  ['tests fail', withTests(wrong('a'), wrong('b'), wrong('c'))],
  ['one test hits its deadline', withTests(passed('a'), late('b'), passed('c'))],
  ['it throws while loading', { load: { outcome: 'runtime-error', message: 'x' }, ...withTests() }],
  ['it cannot be parsed', { load: { outcome: 'compile-error', message: 'x' }, ...withTests() }],
  ['its process ends during a test', { ...withTests(passed('a'), lost('b')), ...exited }],
  [
    'its memory is used up and tests hit their deadline',
    {
      ...withTests(late('a'), late('b')),
      sandboxes: [{ ...ended, oomKilled: true }],
    },
  ],
  ['its engine has no memory left', { engineOutOfMemory: true, enginesHealthy: false }],
])('nothing is odd where %s', (_, changes) => expect(oddityOf({ ...good, ...changes })).toBeNull())

test.each<[string, Partial<Evidence>, string[] | null]>([
  ['several tests hit their deadline', withTests(late('a'), late('b'), passed('c')), ['a', 'b']],
  ['the suite hits its deadline', { ...withTests(passed('a'), late('b')), suiteDeadline: true }, null],
  ['the judge is killed at its deadline', { ...withTests(), judge: 'killed-by-deadline', suiteDeadline: true }, null],
  ['loading does not end', { ...withTests(), load: { outcome: 'deadline', message: null } }, ['a']],
  ['a test loses a process that never ended', withTests(passed('a'), lost('b')), null],
  ['an engine is not well', { enginesHealthy: false }, null],
  ['the judge crashes', { judge: 'crashed' }, null],
  ['a stranger meddles', { ...withTests(late('a')), meddling: 'paused' }, null],
])('it is odd when %s', (_, changes, tests) => expect(oddityOf({ ...good, ...changes })).toMatchObject({ tests }))

test.each<[string, Partial<Evidence>, boolean]>([
  ['a stranger paused something', { meddling: 'paused' }, true],
  ['no slot could be opened', { load: { outcome: 'not-tried', message: null }, sandboxes: [], judge: 'crashed' }, true],
  ['an engine went down', { enginesHealthy: false }, false],
  ['a process ended with 137', { sandboxes: [{ ...ended, killedByStranger: true }] }, false],
  ['the judge crashed', { judge: 'crashed' }, false],
])('where %s, whether it is surely ours: %s', (_, changes, ours) =>
  expect(isSurelyOurs({ ...good, ...changes })).toBe(ours),
)

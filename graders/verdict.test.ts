import { describe, expect, test } from 'vitest'
import { type Evidence, type SandboxEvidence, type TestResult, type Verdict, verdictOf } from './verdict.ts'

const result = (name: string, changes: Partial<TestResult> = {}): TestResult => ({
  name,
  outcome: 'passed',
  ms: 1,
  message: null,
  detail: null,
  cause: null,
  ...changes,
})
const failed = result('b', { outcome: 'failed', cause: 'assertion' })
const timedOut = result('b', { outcome: 'timed-out', cause: 'deadline' })
const brokenSuite = result('b', { outcome: 'failed', cause: 'judge' })
const ended: SandboxEvidence = {
  exitedByItself: false,
  killedByStranger: false,
  exitCode: 137,
  oomKilled: false,
  outputLimit: false,
}

const good: Evidence = {
  expectedTests: ['a', 'b'],
  tests: [result('a'), result('b')],
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
const withSandbox = (changes: Partial<SandboxEvidence>): Partial<Evidence> => ({
  sandboxes: [ended, { ...ended, ...changes }],
})

describe('each verdict', () => {
  test.each<[string, Partial<Evidence>, Verdict]>([
    ['every test passed', {}, 'accepted'],
    ['a test failed', withTests(result('a'), failed), 'wrong-answer'],
    ['it could not be parsed', { load: { outcome: 'compile-error', message: 'enum' }, tests: [] }, 'compile-error'],
    ['it threw while loading', { load: { outcome: 'runtime-error', message: 'x' }, tests: [] }, 'runtime-error'],
    ['it never finished loading', { load: { outcome: 'deadline', message: null }, tests: [] }, 'time-limit'],
    ['a process ended by itself', withSandbox({ exitedByItself: true, exitCode: 1 }), 'runtime-error'],
    ['a process left early with code 0', withSandbox({ exitedByItself: true, exitCode: 0 }), 'runtime-error'],
    ['a test hit its deadline', withTests(result('a'), timedOut), 'time-limit'],
    ['the suite hit its deadline', { ...withTests(result('a')), suiteDeadline: true }, 'time-limit'],
    ['the judge had to be killed at the deadline', { ...withTests(), judge: 'killed-by-deadline' }, 'time-limit'],
    [
      'a child ran out of memory while the process exited 0',
      withSandbox({ oomKilled: true, exitCode: 0 }),
      'memory-limit',
    ],
    ['an engine ran out of memory under it', { engineOutOfMemory: true }, 'memory-limit'],
    ['it left more than the judge can look at', { ...withTests(), judge: 'out-of-memory' }, 'memory-limit'],
    ['it printed too much', withSandbox({ outputLimit: true }), 'output-limit'],
    ['it wrote on the wire', { protocolViolation: 'an unknown id' }, 'protocol-error'],
    ['the judge crashed', { judge: 'crashed' }, 'internal-error'],
    ['an engine died by itself', { enginesHealthy: false }, 'internal-error'],
    ['somebody killed a process from outside', withSandbox({ killedByStranger: true }), 'internal-error'],
    ['somebody paused an engine', { ...withTests(result('a'), timedOut), meddling: 'paused' }, 'internal-error'],
    ['nothing was tried', { load: { outcome: 'not-tried', message: null }, tests: [] }, 'internal-error'],
    ['the suite itself threw', withTests(result('a'), brokenSuite), 'internal-error'],
  ])('%s', (_, changes, verdict) => expect(verdictOf({ ...good, ...changes })).toBe(verdict))
})

describe('nothing but every listed test passing is accepted', () => {
  test.each<[string, Partial<Evidence>]>([
    ['no test at all', { expectedTests: [], tests: [] }],
    ['a test is missing', withTests(result('a'))],
    ['a test passed twice and another is missing', withTests(result('a'), result('a'))],
    ['a test too many', withTests(result('a'), result('b'), result('c'))],
    ['another name', withTests(result('a'), result('c'))],
    ['a test was not run', withTests(result('a'), result('b', { outcome: 'not-run' }))],
  ])('%s', (_, changes) => expect(verdictOf({ ...good, ...changes })).toBe('internal-error'))
})

describe('of two explanations', () => {
  test.each<[string, Partial<Evidence>, Verdict]>([
    [
      'our crash comes before their memory',
      { judge: 'crashed', ...withSandbox({ oomKilled: true }) },
      'internal-error',
    ],
    [
      'the memory that an engine died of comes before its death',
      { enginesHealthy: false, engineOutOfMemory: true },
      'memory-limit',
    ],
    [
      'a dead engine comes before a failed test',
      { enginesHealthy: false, ...withTests(result('a'), failed) },
      'internal-error',
    ],
    [
      'memory comes before the exit that it caused',
      withSandbox({ oomKilled: true, exitedByItself: true }),
      'memory-limit',
    ],
    ['memory comes before a stranger', { meddling: 'paused', ...withSandbox({ oomKilled: true }) }, 'memory-limit'],
    ['memory comes before output', withSandbox({ oomKilled: true, outputLimit: true }), 'memory-limit'],
    [
      'output comes before a forged frame',
      { protocolViolation: 'x', ...withSandbox({ outputLimit: true }) },
      'output-limit',
    ],
    [
      'a forged frame comes before the failure to load',
      { protocolViolation: 'x', load: { outcome: 'runtime-error', message: '' } },
      'protocol-error',
    ],
    [
      'memory while loading is memory',
      { load: { outcome: 'runtime-error', message: '' }, ...withSandbox({ oomKilled: true }) },
      'memory-limit',
    ],
    [
      'a broken suite comes before an exit',
      { ...withTests(result('a'), brokenSuite), ...withSandbox({ exitedByItself: true }) },
      'internal-error',
    ],
    [
      'an exit comes before the deadline that follows',
      { ...withTests(result('a'), timedOut), ...withSandbox({ exitedByItself: true }) },
      'runtime-error',
    ],
    ['a deadline comes before a failed test', withTests({ ...failed, name: 'a' }, timedOut), 'time-limit'],
  ])('%s', (_, changes, verdict) => expect(verdictOf({ ...good, ...changes })).toBe(verdict))
})

import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import { pathToFileURL } from 'node:url'
import {
  type File,
  getFn,
  startTests,
  type Task,
  type Test,
  type VitestRunner,
  type VitestRunnerConfig,
} from '@vitest/runner'
import { RemoteError } from '../sandbox/errors.ts'
import type { TestResult } from '../verdict.ts'
import { failureOf, isTimeout, maxDetailLength } from './failure.ts'
import { noteThrown, thrownIn } from './thrown.ts'

export type SuiteOrder = {
  file: string
  /** Every test that it must have, in the order of the report. */
  names: string[]
  shuffleSeed: string
  only?: string[]
  stopAtFirstFailure?: boolean
  testMs: number
  suiteMs: number
  onStarted(name: string): void
  onEnded(result: TestResult): void
  /** Asked once the suite is collected; false skips every test. */
  ready(): Promise<boolean>
  /** Asked before each test: whether going on makes no sense any more. */
  shouldStop(): boolean
}

/** `ms`: set-up and tests, without the loading of the submission. */
export type SuiteReport = { tests: TestResult[]; suiteDeadline: boolean; ms: number }

const hookMs = 30_000
/** Of this process: each has its modules for itself (resolve-suites.ts). */
let runs = 0

/**
 * Runs one suite file in this process: collected once, shuffled by the seed, one test at a time. The report has a result for
 * every listed test (or every one of `only`) in the listed order. A file that can't be collected, or whose names differ from
 * the list, is a fault of ours: every result then has the cause `judge`.
 */
export async function runSuite(order: SuiteOrder): Promise<SuiteReport> {
  const runner = new SuiteRunner(order)
  const [file] = await startTests([order.file], runner)
  runner.end()
  const ms = runner.begunAt === null ? 0 : performance.now() - runner.begunAt
  const wanted = order.only ? order.names.filter((name) => order.only?.includes(name)) : order.names
  const fault = runner.fault ?? faultOf(file)
  const tests = wanted.map((name) => runner.results.get(name) ?? notRun(name, fault))
  // A test may have ended before the fault, for instance of an afterAll, came up: it must not pass for all that.
  if (fault !== null && tests.every((test) => test.cause !== 'judge')) {
    const last = tests.length - 1
    tests[last] = { ...(tests[last] as TestResult), cause: 'judge', detail: fault.slice(0, maxDetailLength) }
  }
  return { tests, suiteDeadline: runner.suiteDeadline, ms }
}

class SuiteRunner implements VitestRunner {
  readonly config: VitestRunnerConfig
  readonly results = new Map<string, TestResult>()
  fault: string | null = null
  suiteDeadline = false
  /** The submission is loaded and set-up begins. */
  begunAt: number | null = null
  readonly #order: SuiteOrder
  #running: { name: string; startedAt: number } | null = null
  #stopped = false
  #timer: NodeJS.Timeout | null = null
  cancel?: (reason: string) => unknown

  constructor(order: SuiteOrder) {
    this.#order = order
    this.config = {
      root: '/',
      name: undefined,
      setupFiles: [],
      passWithNoTests: false,
      testNamePattern: undefined,
      allowOnly: false,
      sequence: {
        shuffle: true,
        concurrent: false,
        seed: numberFrom(order.shuffleSeed),
        hooks: 'stack',
        setupFiles: 'list',
      },
      chaiConfig: undefined,
      maxConcurrency: 1,
      testTimeout: order.testMs,
      hookTimeout: hookMs,
      retry: 0,
      includeTaskLocation: false,
      tags: [],
      tagsFilter: undefined,
      strictTags: true,
    }
    this.cancel = () => {}
  }

  async importFile(path: string): Promise<void> {
    await import(`${pathToFileURL(path)}?run=${++runs}`)
  }

  async onCollected([file]: File[]): Promise<void> {
    const { names, only, ready, suiteMs } = this.#order
    const tests = file ? testsIn(file) : []
    this.fault = file
      ? (faultOf(file) ?? differenceOf(tests, names, basename(this.#order.file)))
      : 'the suite was not collected'
    if (this.fault !== null || !(await ready())) {
      if (file) file.mode = 'skip'
      return
    }
    for (const test of tests) if (only && !only.includes(test.name)) test.mode = 'skip'
    this.begunAt = performance.now()
    this.#timer = setTimeout(() => {
      this.suiteDeadline = true
      this.#stopped = true
      this.cancel?.('the deadline of the suite')
    }, suiteMs)
  }

  onBeforeRunTask(test: Test): void {
    if (test.mode === 'skip') return
    if (this.#stopped || this.#order.shouldStop()) {
      test.mode = 'skip'
      return
    }
    this.#running = { name: test.name, startedAt: performance.now() }
    this.#order.onStarted(test.name)
  }

  async runTask(test: Test): Promise<void> {
    try {
      await getFn(test)()
    } catch (error) {
      if (isWordOfRunner(error)) throw error
      noteThrown(test, error)
      // A stand-in: the runner would print the difference of whatever was compared, which took 22 s for 200,000 objects.
      // Only the runner's own deadline keeps its words: the kit's hooks know it by them, and a submission could say them too.
      throw new Error(isTimeout(error as Error) ? (error as Error).message : 'failed')
    }
  }

  onAfterRunTask(test: Test): void {
    const { errors = [], state } = test.result ?? {}
    const noted = thrownIn(test)
    // What the runner itself threw, such as the deadline of a hook, is only in its own record.
    const thrown = noted.length > 0 ? noted : errors.map(revive)
    const base = { name: test.name, ms: this.#elapsed() }
    const result: TestResult =
      state === 'pass'
        ? { ...base, outcome: 'passed', message: null, detail: null, cause: null }
        : { ...base, ...failureOf(thrown) }
    this.#end(result)
  }

  /** Writes down the test that was under way when the suite's deadline passed; the runner itself drops it. */
  end(): void {
    if (this.#timer) clearTimeout(this.#timer)
    const running = this.#running
    if (running && !this.results.has(running.name) && this.suiteDeadline)
      this.#end({
        name: running.name,
        outcome: 'timed-out',
        ms: this.#elapsed(),
        message: 'The time for all tests together was over during this test.',
        detail: null,
        cause: 'deadline',
      })
  }

  #end(result: TestResult): void {
    this.results.set(result.name, result)
    if (this.#order.stopAtFirstFailure && result.outcome !== 'passed') this.#stopped = true
    this.#order.onEnded(result)
  }

  #elapsed = () => Math.round((performance.now() - (this.#running?.startedAt ?? 0)) * 10) / 10
}

/** Told by name and code, because the runner exports neither class; a submission's error may carry both. */
const isWordOfRunner = (error: unknown) =>
  error instanceof Error &&
  !(error instanceof RemoteError) &&
  (error.name === 'TestRunAbortError' || (error as { code?: string }).code === 'VITEST_PENDING')

const testsIn = (task: Task): Test[] => (task.type === 'test' ? [task] : task.tasks.flatMap(testsIn))

/** What the suite's file itself threw: at import, in beforeAll, in afterAll. */
function faultOf(file: File | undefined): string | null {
  const errors = file ? [file, ...suitesIn(file)].flatMap((suite) => suite.result?.errors ?? []) : []
  return errors.length === 0 ? null : errors.map((error) => error.stack ?? error.message).join('\n')
}

const suitesIn = (task: Task): Extract<Task, { type: 'suite' }>[] =>
  task.type === 'test' ? [] : task.tasks.flatMap((inner) => (inner.type === 'suite' ? [inner, ...suitesIn(inner)] : []))

function differenceOf(tests: Test[], names: string[], file: string): string | null {
  const found = tests.map((test) => test.name)
  const missing = names.filter((name) => !found.includes(name))
  const extra = found.filter((name, at) => !names.includes(name) || found.indexOf(name) !== at)
  const inactive = tests.filter((test) => test.mode !== 'run' && test.mode !== 'queued').map((test) => test.name)
  const concurrent = tests.filter((test) => test.concurrent).map((test) => test.name)
  const complaints = [
    missing.length > 0 && `${file} lacks ${missing.join(', ')}`,
    extra.length > 0 && `${file} has too many, or repeats, ${extra.join(', ')}`,
    inactive.length > 0 && `a test may not be skipped, todo or left out by another's only: ${inactive.join(', ')}`,
    concurrent.length > 0 && `tests share engines and can't be concurrent: ${concurrent.join(', ')}`,
  ].filter((complaint) => complaint !== false)
  return complaints.length === 0 ? null : complaints.join('; ')
}

const notRun = (name: string, fault: string | null): TestResult => ({
  name,
  outcome: 'not-run',
  ms: 0,
  message: null,
  detail: fault?.slice(0, maxDetailLength) ?? null,
  cause: fault === null ? null : 'judge',
})

/** The runner keeps errors as plain records. */
const revive = (record: { name?: string; message: string; stack?: string }): Error =>
  Object.assign(new Error(record.message), { name: record.name ?? 'Error', stack: record.stack })

const numberFrom = (seed: string): number => createHash('sha256').update(seed).digest().readUInt32LE(0)

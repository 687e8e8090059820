import { setTimeout as wait } from 'node:timers/promises'
import type { Inventory } from '../sample.ts'
import type { BackEnd, SubmissionProcess } from './back-end.ts'
import { openerOf } from './handles/handles.ts'
import type { OpenHandle } from './handles/open-handle.ts'
import { TooMuchLeft } from './handles/reading.ts'
import { boundInventory } from './inventory/bound.ts'
import { withChanges } from './inventory/changes.ts'
import { readEngines } from './inventory/read-engines.ts'
import type { Show, Submission, Until, Use } from './kit-types.ts'
import { createRandom } from './random.ts'
import { createShow } from './show.ts'
import { createUntil } from './until.ts'

// An honest call that a failed test no longer waits for may still end by itself; one that does not would meet the next test.
const settleMs = 250
const stopMs = 1_000
// After a failure most that is still under way is stuck for good, and whoever waits for the verdict would wait for it.
const failedSettleMs = 100
const failedStopMs = 500

/** One run of one suite: the submission's processes, the engines' handles, and what surrounds each test. */
export class KitRun {
  readonly submission: Submission
  readonly use: Use
  readonly random
  readonly until: Until
  readonly show: Show

  readonly #backEnd: BackEnd
  readonly #restartRandom: (scope: string) => void
  readonly #handles: OpenHandle[] = []
  readonly #settingUp: Promise<void>[] = []
  readonly #spawned = new Set<SubmissionProcess>()
  readonly #paused = new Set<SubmissionProcess>()
  #main: SubmissionProcess | null = null
  #test = 0
  /** Whether the test before did. */
  #failed = false
  /** What a sample begins with. */
  #before: Inventory[] = []

  constructor(backEnd: BackEnd) {
    this.#backEnd = backEnd
    const { random, restart } = createRandom(backEnd.seed)
    this.random = random
    this.#restartRandom = restart
    this.until = createUntil(() => this.#test)
    this.show = createShow(backEnd.sample, backEnd.language)
    this.submission = this.#face(() => {
      if (!this.#main) throw new Error('the submission can be called in tests only')
      return this.#main
    })
    const keep = <H>(handle: OpenHandle & { handle: H }): H => {
      this.#handles.push(handle)
      backEnd.keep(handle)
      // Begun now: the submission is still being loaded. Whoever waits for it below sees how it went.
      const settingUp = handle.setUp()
      settingUp.catch(() => {})
      this.#settingUp.push(settingUp)
      return handle.handle
    }
    const { language, exercise } = backEnd
    const mayCreateTables = exercise.grants.dynamodb?.createTable ?? false
    this.use = {
      postgres(options) {
        const link = backEnd.engine('postgres')
        return keep(openerOf('postgres')(link, options))
      },
      mongodb(options) {
        const link = backEnd.engine('mongodb')
        return keep(openerOf('mongodb')(link, language, options))
      },
      redis(options) {
        const link = backEnd.engine('redis')
        return keep(openerOf('redis')(link, options))
      },
      dynamodb(options) {
        const link = backEnd.engine('dynamodb')
        return keep(openerOf('dynamodb')(link, language, options, mayCreateTables))
      },
    }
  }

  /** Once, before the suite's own set-up. */
  async setUp(): Promise<void> {
    const [main] = await Promise.all([this.#backEnd.main(), ...this.#settingUp])
    this.#main = main
  }

  async beforeTest(name: string): Promise<void> {
    this.#test++
    this.#restartRandom(name)
    if (this.#main?.ended) this.#main = await this.#backEnd.replaceMain({ failed: this.#failed })
    await Promise.all(this.#handles.map((handle) => handle.reset()))
    if (this.#backEnd.sample) this.#before = await readEngines(this.#handles)
    for (const handle of this.#handles) handle.resetProxy()
  }

  /** Thaws, heals, stops and ends what the test left. Rejects with TooMuchLeft, or an assertion that failed inside a callback. */
  async afterTest(hitDeadline: boolean, failed: boolean): Promise<void> {
    this.#test++
    const tooMuchLeft = this.#handles.some(({ reading }) => reading.isOver)
    for (const { reading } of this.#handles) reading.renew()
    const main = this.#main
    const processes = main ? [main, ...this.#spawned] : [...this.#spawned]
    const failures = processes.flatMap((process) => process.callbackFailures.splice(0))
    this.#failed = failed || tooMuchLeft || failures.length > 0
    await Promise.all([...this.#paused].map((process) => process.unpause().catch(ignoreGone)))
    this.#paused.clear()
    await Promise.all(this.#handles.map((handle) => handle.heal()))
    await Promise.all([
      ...[...this.#spawned].map((process) => process.kill()),
      hitDeadline ? main?.kill() : main && this.#settle(main, failed),
    ])
    this.#spawned.clear()
    await this.#noteInventory()
    if (tooMuchLeft) throw new TooMuchLeft()
    if (failures[0]) throw failures[0]
  }

  /** Of a sample only, before anything is emptied. */
  async #noteInventory(): Promise<void> {
    const { sample } = this.#backEnd
    if (!sample) return
    const now = await readEngines(this.#handles)
    sample.inventory(boundInventory(now.map((engine, at) => withChanges(this.#before[at], engine))))
  }

  async close(): Promise<void> {
    await this.#backEnd.close?.()
  }

  /** A process that does not come to rest is replaced. */
  async #settle(main: SubmissionProcess, failed: boolean): Promise<void> {
    const stops = main.forgottenHandles().map((stop) => stop())
    const patienceMs = failed ? failedStopMs : stopMs
    const stopping = Promise.allSettled(stops).then(() => true)
    const haveStopped = await Promise.race([stopping, wait(patienceMs, false, { ref: false })])
    const deadline = performance.now() + (failed ? failedSettleMs : settleMs)
    while (main.openCalls > 0 && performance.now() < deadline) await wait(5)
    // A consumer that is still at work would have its connection, and its errors, in the midst of the next test.
    if (main.openCalls > 0 || (failed && !haveStopped)) await main.kill()
  }

  #face(process: () => SubmissionProcess): Submission {
    return {
      call: async <T>(fn: string, ...args: unknown[]) => {
        const declared = this.#backEnd.exercise.functions.find((one) => one.name === fn)
        if (!declared) throw new TypeError(`exercise.yaml declares no function ${fn}`)
        return (await process().call(fn, args, declared.result)) as T
      },
      spawn: async (options) => {
        const spawned = await this.#backEnd.start({ clockSkewMs: options?.clockSkewMs ?? 0 })
        this.#spawned.add(spawned)
        return this.#face(() => spawned)
      },
      kill: () => process().kill(),
      rssBytes: () => process().rssBytes(),
      pause: async () => {
        this.#paused.add(process())
        await process().pause()
      },
      unpause: async () => {
        await process().unpause()
        this.#paused.delete(process())
      },
    }
  }
}

/** A paused process that a test killed can't be thawed and need not be. */
const ignoreGone = () => {}

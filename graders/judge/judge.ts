import { flushCompileCache } from 'node:module'
import { setTimeout as wait } from 'node:timers/promises'
import type { EngineKind } from '../exercise.ts'
import { provideBackEnd } from './back-end.ts'
import { loadHandles } from './handles/handles.ts'
import type { FromJudge, FromWorker, HostRequest } from './messages.ts'
import { type OpenBackEnd, openBackEnd } from './open-back-end.ts'
import { type JudgeHost, type JudgeOrder, type JudgeReport, testNamesOf } from './order.ts'
import { resolveForSuites } from './resolve-suites.ts'
import type { SampleLog } from './show.ts'
import { runSuite } from './suite.ts'

/**
 * Main of the judge's process (process.ts forks it): runs one suite against one submission, reports, and waits for its end
 * or for the word to rest, after which it may run another.
 * It holds no secret but its slot's and no container socket; what it can't do itself it asks of the worker.
 */
resolveForSuites()
// The suite's assertions, loaded before an order comes. The kit itself is not: importing it ties it to the file under collection.
await import('./vitest-shim.ts')
await import('./kit-run.ts')

const send = (message: FromJudge) => void process.send?.(message, undefined, {}, () => {})
const waiting = new Map<number, PromiseWithResolvers<unknown>>()
let lastId = 0

function ask(request: HostRequest): Promise<unknown> {
  const id = ++lastId
  const answer = Promise.withResolvers<unknown>()
  waiting.set(id, answer)
  send({ t: 'ask', id, request })
  return answer.promise
}

const host: JudgeHost = {
  openSandbox: (argument) => ask({ method: 'openSandbox', argument }) as ReturnType<JudgeHost['openSandbox']>,
  killSandbox: (argument) => ask({ method: 'killSandbox', argument }) as Promise<void>,
  pauseSandbox: (argument) => ask({ method: 'pauseSandbox', argument }) as Promise<void>,
  unpauseSandbox: (argument) => ask({ method: 'unpauseSandbox', argument }) as Promise<void>,
  sandboxMemoryBytes: (argument) => ask({ method: 'sandboxMemoryBytes', argument }) as Promise<number>,
  pauseEngine: (argument) => ask({ method: 'pauseEngine', argument }) as Promise<void>,
  unpauseEngine: (argument) => ask({ method: 'unpauseEngine', argument }) as Promise<void>,
  restartEngine: (argument) => ask({ method: 'restartEngine', argument }) as Promise<void>,
}

process.on('message', (message: FromWorker) => {
  // What fails to load fails again with the order, and says why.
  if (message.t === 'prepare') return void loadHandles(message.engines).catch(() => {})
  if (message.t === 'order')
    return void judge(message.order).then(
      // Not its end: with it the proxies would go, and honest submissions may die of a connection that breaks.
      (report) => send({ t: 'report', report }),
      fail,
    )
  if (message.t === 'rest') return void rest().then(() => send({ t: 'rested' }), fail)
  const answer = waiting.get(message.id)
  waiting.delete(message.id)
  if (message.error === undefined) answer?.resolve(message.value)
  else answer?.reject(new Error(message.error))
})
process.on('disconnect', () => process.exit(0))
// A call that a failed test no longer waits for rejects when its process is ended; that is no news.
process.on('unhandledRejection', () => {})

await loadHandles(process.argv.slice(2) as EngineKind[])
// Node opens them when somebody first looks at them, as some drivers do in the midst of a run.
void [process.stdout, process.stderr]
/** What keeps this process alive: the wires to the worker. */
const atStart = process.getActiveResourcesInfo()
send({ t: 'ready' })

const maxDeadlines = 2
/** A run that ended well leaves what closes within some milliseconds. */
const restMs = 500
const restStepMs = 5
let backEnd: OpenBackEnd | null = null
let hasRested = false

function fail(error: unknown): never {
  console.error(error)
  process.exit(1)
}

async function judge(order: JudgeOrder): Promise<JudgeReport> {
  const { exercise } = order
  const engines = order.engines.map(({ access, gateSocket }) => ({ access, listenAt: { socket: gateSocket } }))
  const sample: SampleLog = {
    shown: (line) => send({ t: 'event', event: { type: 'shown', line } }),
    inventory: (engines) => send({ t: 'event', event: { type: 'inventory', engines } }),
  }
  backEnd = await openBackEnd(order, engines, host, order.suite === 'sample' ? sample : null)
  const { submission, traffic } = backEnd
  // Its proxies stay open until it rests, or is killed.
  provideBackEnd({ ...backEnd, close: null })
  let deadlines = 0
  let load: JudgeReport['load'] & { ms: number } = { outcome: 'not-tried', message: null, ms: 0 }
  const suite = await runSuite({
    file: order.suiteFile,
    names: testNamesOf(order.suite, exercise),
    shuffleSeed: order.shuffleSeed ?? order.seed,
    only: order.only,
    stopAtFirstFailure: order.stopAtFirstFailure,
    testMs: exercise.limits.testMs,
    suiteMs: exercise.limits.suiteMs,
    onStarted: (name) => send({ t: 'event', event: { type: 'test-started', name } }),
    onEnded(result) {
      if (result.cause === 'deadline') deadlines++
      send({ t: 'event', event: { type: 'test-ended', result } })
    },
    async ready() {
      load = await submission.loaded
      if (load.outcome === 'loaded') send({ t: 'event', event: { type: 'loaded', ms: load.ms } })
      return load.outcome === 'loaded'
    },
    shouldStop: () => deadlines >= maxDeadlines || submission.exhausted || submission.protocolViolation !== null,
  })
  return {
    farewells: await submission.farewells(),
    load: { outcome: load.outcome, message: load.message },
    tests: suite.tests,
    protocolViolation: submission.protocolViolation,
    suiteDeadline: suite.suiteDeadline,
    timings: { loadMs: load.ms, testsMs: suite.ms },
    traffic: traffic(),
  }
}

/** Closes what the run opened. Rejects when anything of it is left: a connection, a timer that a test still waits for, a question to the worker. */
async function rest(): Promise<void> {
  await backEnd?.close()
  backEnd = null
  const deadline = performance.now() + restMs
  // Twice, because what just ended may go on in what waited for it.
  for (let idleLooks = 0; idleLooks < 2; await wait(restStepMs, undefined, { ref: false })) {
    idleLooks = isBusy() ? 0 : idleLooks + 1
    if (performance.now() > deadline) throw new Error(`something is left: ${process.getActiveResourcesInfo()}`)
  }
  // Node would write what it compiled at an exit only, and a judge is killed: the next one begins with it. What later runs
  // compile has names of their own (`?run=2`), which no other would ask for.
  if (!hasRested) flushCompileCache()
  hasRested = true
}

function isBusy(): boolean {
  const left = process.getActiveResourcesInfo()
  for (const resource of atStart) if (left.includes(resource)) left.splice(left.indexOf(resource), 1)
  return left.length > 0 || waiting.size > 0
}

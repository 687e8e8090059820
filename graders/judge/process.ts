import { fork } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { EngineKind } from '../exercise.ts'
import { type FromWorker, fromJudge, type HostRequest } from './messages.ts'
import type { JudgeEvent, JudgeHost, JudgeOrder, JudgeReport } from './order.ts'

const main = fileURLToPath(new URL('./judge.ts', import.meta.url))
/** Compiled code of the judge's own modules; a third less work at each start. Beside the packages, where only we write. */
const compileCache = fileURLToPath(new URL('../../node_modules/.cache/drillbase-judge', import.meta.url))
const heapMegabytes = 512
const maxWordsBytes = 8_192
const restMs = 2_000

/** The judge's process ended, or said something it never says, before its report. Ours, never the learner's. */
export class JudgeCrashed extends Error {
  override readonly name = 'JudgeCrashed'
  readonly code = 'judge-crashed'
  /** V8 gave up, because what a suite looked at did not fit into the judge's heap. */
  readonly ranOutOfMemory: boolean
  constructor(message: string, ranOutOfMemory: boolean) {
    super(message)
    this.ranOutOfMemory = ranOutOfMemory
  }
}

export interface JudgeProcess {
  /** Its modules are loaded. Rejects with JudgeCrashed. */
  readonly ready: Promise<void>
  /** An order with these engines will come: loads their drivers meanwhile. */
  prepare(engines: EngineKind[]): void
  /** Its proxies stay until it rests or is killed. Rejects with JudgeCrashed when it dies first, also through `kill()`. */
  run(order: JudgeOrder, host: JudgeHost, onEvent: (event: JudgeEvent) => void): Promise<JudgeReport>
  /** How many orders it has had. */
  readonly runs: number
  /** After a report: closes what the run opened. True when nothing of it is left and another order may come; else it is killed. */
  rest(): Promise<boolean>
  /** Its resident memory; 0 where that can't be seen. */
  memoryBytes(): Promise<number>
  /** A warm one may have been killed while it waited. */
  isAlive(): boolean
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>
}

/**
 * Starts a judge ahead of its order, with the drivers of these engines: some 100 ms until it is ready, and 40 (PostgreSQL) to
 * 160 (DynamoDB) for each driver. It gets nothing of our environment: neither the store's address nor
 * any secret of this process.
 */
export function startJudge(engines: EngineKind[] = []): JudgeProcess {
  const child = fork(main, engines, {
    env: { NODE_COMPILE_CACHE: compileCache },
    execArgv: [`--max-old-space-size=${heapMegabytes}`, '--no-warnings'],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const ready = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<void>()
  ready.promise.catch(() => {})
  let crashed: JudgeCrashed | null = null
  let words = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      words = (words + chunk.toString()).slice(-maxWordsBytes)
    })

  let job: Job | null = null
  let runs = 0
  const crash = (why: string, signal: NodeJS.Signals | null = null) => {
    const ranOutOfMemory = signal === 'SIGABRT' && /heap out of memory|heap limit/.test(words)
    crashed ??= new JudgeCrashed(words === '' ? why : `${why}\n${words}`, ranOutOfMemory)
    ready.reject(crashed)
    job?.report.reject(crashed)
    job?.rested.resolve(false)
    child.kill('SIGKILL')
  }
  const tell = (message: FromWorker) => {
    if (child.connected) child.send(message, () => {})
  }
  child.on('error', (error) => crash(error.message))
  child.on('close', (code, signal) => {
    crash(`the judge's process ended with ${signal ?? code}`, signal)
    ended.resolve()
  })
  child.on('message', (raw) => {
    const parsed = fromJudge.safeParse(raw)
    if (!parsed.success) return crash(`the judge sent an unknown message: ${parsed.error.message.slice(0, 500)}`)
    const message = parsed.data
    if (message.t === 'ready') return ready.resolve()
    if (!job) return crash(`the judge sent ${message.t} before it had an order`)
    if (message.t === 'event') return job.onEvent(message.event)
    if (message.t === 'report') return job.report.resolve(message.report as JudgeReport)
    if (message.t === 'rested') return job.rested.resolve(true)
    answer(job.host, message.request).then(
      (value) => tell({ t: 'answer', id: message.id, value }),
      (error: Error) => tell({ t: 'answer', id: message.id, error: error.message }),
    )
  })

  return {
    ready: ready.promise,
    prepare: (engines) => tell({ t: 'prepare', engines }),
    async run(order, host, onEvent) {
      if (job) throw new Error('a judge takes one order at a time')
      job = { host, onEvent, report: Promise.withResolvers(), rested: Promise.withResolvers() }
      job.report.promise.catch(() => {})
      runs++
      await ready.promise
      words = ''
      if (crashed) throw crashed
      tell({ t: 'order', order })
      return job.report.promise
    },
    get runs() {
      return runs
    },
    async rest() {
      if (!job) return true
      const late = setTimeout(() => child.kill('SIGKILL'), restMs)
      tell({ t: 'rest' })
      const isRested = await job.rested.promise
      clearTimeout(late)
      job = null
      return isRested && this.isAlive()
    },
    async memoryBytes() {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '')
      return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024
    },
    isAlive: () => child.exitCode === null && child.signalCode === null,
    async kill() {
      child.kill('SIGKILL')
      await ended.promise
    },
  }
}

type Job = {
  host: JudgeHost
  onEvent(event: JudgeEvent): void
  report: PromiseWithResolvers<JudgeReport>
  rested: PromiseWithResolvers<boolean>
}

async function answer(host: JudgeHost, { method, argument }: HostRequest): Promise<unknown> {
  return (host[method] as (argument: unknown) => Promise<unknown>)(argument)
}

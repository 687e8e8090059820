import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { GradersHealth } from '../../graders/grade.ts'
import type { GraderLink } from '../api/context.ts'
import { healthWithoutGraders } from './health.ts'
import type { FromWorker, ToWorker } from './messages.ts'
import type { News } from './news.ts'

const workerFile = join(import.meta.dirname, '..', 'worker.ts')
const firstPauseMs = 500
const longestPauseMs = 30_000
/** Beyond the drain time; a second more than the worker takes for closing its containers, so that it ends by itself. */
const graceMs = 9_000

export type Supervisor = GraderLink & { start(): void; stop(): Promise<void> }

/** Keeps one grading process running: started again when it dies, at growing intervals when it dies again and again. */
export function superviseWorker(news: News, drainMs: number, log: (line: string) => void): Supervisor {
  let health: GradersHealth = healthWithoutGraders('starting', null)
  let child: ChildProcess | undefined
  let restart: NodeJS.Timeout | undefined
  let pauseMs = firstPauseMs
  let stopping = false

  const start = () => {
    const started = fork(workerFile, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    child = started
    started.on('message', (message: FromWorker) => {
      if (message.type === 'event') return news.tell(message.submissionId)
      health = message.health
      // It came far enough to be well.
      if (health.state === 'ready') pauseMs = firstPauseMs
    })
    started.on('error', (error) => log(`Grading process: ${error.message}`))
    started.once('exit', (code, signal) => {
      child = undefined
      if (stopping) return
      health = healthWithoutGraders('starting', 'The grading process ended and is started again.')
      log(`Grading process ended (${signal ?? code}); started again in ${pauseMs} ms.`)
      restart = setTimeout(start, pauseMs)
      pauseMs = Math.min(longestPauseMs, pauseMs * 2)
    })
  }

  const tell = (message: ToWorker) => {
    // It may be dying just now; then its successor looks by itself.
    if (child?.connected) child.send(message, () => {})
  }
  return {
    start,
    health: () => health,
    wake: () => tell({ type: 'wake' }),
    warm: (exerciseId) => tell({ type: 'warm', exerciseId }),
    onEvent: news.on,
    async stop() {
      stopping = true
      clearTimeout(restart)
      if (!child) return
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      const impatience = setTimeout(() => child?.kill('SIGKILL'), drainMs + graceMs)
      await ended
      clearTimeout(impatience)
    },
  }
}

/** Where grading runs on other machines, which share the store: nothing to wake, and their health is not known here. */
export const gradingElsewhere = (news: News): Supervisor => ({
  health: () => healthWithoutGraders('ready', 'Submissions are graded on other machines.'),
  start() {},
  wake() {},
  warm() {},
  onEvent: news.on,
  stop: () => Promise.resolve(),
})

import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import Docker from 'dockerode'
import { createGraders, type GradersHealth } from '../graders/grade.ts'
import { type Config, ConfigError, readConfig } from './config.ts'
import { openCatalog } from './content/catalog.ts'
import { type EngineStep, ensureContainerEngine } from './grading/container-engine.ts'
import { healthWithoutGraders } from './grading/health.ts'
import type { FromWorker, ToWorker } from './grading/messages.ts'
import { startQueue } from './grading/queue.ts'
import { measureReferences } from './grading/references.ts'
import { StoreError } from './store/error.ts'
import { openStore } from './store/open.ts'

/**
 * The grading process. Forked by the web process, it reports over IPC and ends with it; started by hand on another machine,
 * with DATABASE_URL, it works for that store alone.
 */

const log = (line: string) => console.error(line)
const tell = (message: FromWorker) => {
  if (process.connected) process.send?.(message, () => {})
}
const tellHealth = (health: GradersHealth) => tell({ type: 'health', health })

/** How soon a machine without a container engine is looked at again: somebody may just have installed one. */
const searchAgainMs = 30_000
/** For closing containers after the last job. */
const graceMs = 8_000

async function main(): Promise<void> {
  const config = readConfig()
  const ending = endOfProcess(config)
  const store = await openStore({ ...config, backup: false })
  const catalog = await openCatalog(config.contentDirs, async () => {}, log)
  await containerEngine(ending.signal)

  const graders = createGraders(gradersConfig(config), new Docker())
  graders.onHealth(tellHealth)
  const prepared = graders.prepare()
  const room = {
    store,
    catalog,
    graders,
    attempts: config.gradingAttempts,
    retryBackoffMs: config.retryBackoffMs,
    told(submissionId: string) {
      references.stepAside()
      tell({ type: 'event', submissionId })
    },
    log,
    ending: ending.signal,
  }
  const references = measureReferences(room, () => queue.isBusy())
  const queue = startQueue(room, {
    slots: config.gradingSlots,
    leaseMs: config.leaseMs,
    heartbeatMs: config.heartbeatMs,
    pollMs: config.queuePollMs,
  })
  const look = () => {
    references.stepAside()
    queue.wake()
  }
  store.listen(({ type }) => {
    if (type === 'work') look()
  })
  process.on('message', (message: ToWorker) => {
    if (message.type === 'wake') return look()
    references.stepAside()
    const exercise = catalog.snapshot.exerciseById.get(message.exerciseId)?.exercise
    for (const language of exercise?.languages ?? []) if (exercise) graders.warm(exercise, language)
  })
  ending.closeWith(async (waitMs) => {
    references.stop()
    await queue.drain(waitMs)
    await graders.close()
    catalog.close()
    await store.close()
    process.exit(0)
  })
  await prepared
  // What waited for an image need not wait for the next look.
  queue.wake()
}

type Close = (waitMs: number) => Promise<void>
type Ending = { signal: AbortSignal; closeWith(close: Close): void }

/**
 * SIGTERM and its like leave jobs under way some time; when the web process is gone, nobody waits for them any more and they
 * go back to the queue at once.
 */
function endOfProcess({ drainMs }: Config): Ending {
  const abort = new AbortController()
  // Until there is something to close.
  let close: Close = async () => process.exit(0)
  const end = (waitMs: number) => {
    if (abort.signal.aborted) return
    abort.abort()
    setTimeout(() => process.exit(1), waitMs + graceMs).unref()
    close(waitMs).catch(() => process.exit(1))
  }
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => end(drainMs))
  process.on('disconnect', () => end(0))
  return {
    signal: abort.signal,
    closeWith(closing) {
      close = closing
    },
  }
}

/** Resolves once there is a container engine; until then health says what is being done or what is missing. */
async function containerEngine(signal: AbortSignal): Promise<void> {
  const show = ({ state, step, message }: EngineStep) =>
    tellHealth(healthWithoutGraders(state === 'unavailable' ? 'unavailable' : 'starting', message ?? step))
  for (;;) {
    const last = await ensureContainerEngine(show, signal)
    if (last.state === 'ready') return
    show(last)
    await new Promise((resolve) => setTimeout(resolve, searchAgainMs))
  }
}

const gradersConfig = (config: Config) => ({
  // Short, because the path of a unix socket may have 107 bytes.
  runFolder: join(tmpdir(), `drillbase-${userInfo().uid}`),
  maxSlots: config.gradingSlots,
  warmEngines: config.warmEngines,
  warmSandboxes: config.warmSandboxes,
  warmBytes: config.warmBytes,
  sandboxRuntime: config.sandboxRuntime,
})

main().catch((error) => {
  const isExpected = error instanceof ConfigError || error instanceof StoreError
  console.error(isExpected ? error.message : error)
  process.exit(1)
})

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openCatalog } from '../content/catalog.ts'
import { newsOf } from '../grading/news.ts'
import { gradingElsewhere } from '../grading/supervisor.ts'
import { localLearner } from '../learning/learner.ts'
import { openStore } from '../store/open.ts'
import type { Store } from '../store/store.ts'
import { makeDatabase } from '../test-database.ts'
import { createApp } from './app.ts'
import { client } from './client.ts'
import { listen } from './listen.ts'

/** For tests: the real interface over real HTTP on a free port, with a store and a course of its own. */
export type TestServer = {
  address: string
  /** Typed by the routes, and sends the Origin of the page. */
  api: ReturnType<typeof client>['api']
  /** Untyped, for what no schema allows. */
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>
  store: Store
  learnerId: string
  /** Sets the clock, epoch milliseconds; it stands still between. */
  clock: { now: number }
  log: string[]
  close(): Promise<void>
}

export const dialects = ['sqlite', 'postgres'] as const

const fixture = join(import.meta.dirname, '..', 'content', 'fixtures', 'course')
/** A Monday morning. */
const morning = Date.parse('2026-03-02T09:00:00Z')

export async function startTestServer({
  dialect = 'sqlite' as (typeof dialects)[number],
  queueLength = 10,
  content = fixture,
} = {}): Promise<TestServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'drillbase-api-'))
  const database = dialect === 'postgres' ? await makeDatabase() : undefined
  const store = await openStore({ dataDir, databaseUrl: database?.url })
  const log: string[] = []
  const catalog = await openCatalog(
    [content],
    ({ items }) => store.items.sync([...items.values()].map(({ id, kind, section }) => ({ id, kind, section }))),
    (line) => log.push(line),
  )
  const learner = await localLearner(store)
  await store.learners.saveSettings(learner.id, { ...learner.settings, timeZone: 'UTC' })
  const clock = { now: morning }
  const grader = gradingElsewhere(newsOf(store))
  const app = createApp(
    { store, catalog, grader, now: () => clock.now, queueLength, log: (line) => log.push(line) },
    { port: () => server.port, allowedHosts: ['drill.example', 'named.example:8080'] },
  )
  const server = await listen(app.fetch, '127.0.0.1', 0)
  const address = `http://127.0.0.1:${server.port}`
  return {
    address,
    api: client(address, { headers: { Origin: address } }).api,
    post: (path, body, headers = {}) =>
      fetch(address + path, {
        method: 'POST',
        headers: { Origin: address, 'Content-Type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    store,
    learnerId: learner.id,
    clock,
    log,
    async close() {
      await server.close()
      catalog.close()
      await store.close()
      await database?.drop()
      await rm(dataDir, { recursive: true })
    },
  }
}

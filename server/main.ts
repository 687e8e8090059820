import { createApp } from './api/app.ts'
import { ListenError, listen } from './api/listen.ts'
import { version } from './api/version.ts'
import { ConfigError, readConfig } from './config.ts'
import { openCatalog } from './content/catalog.ts'
import type { Snapshot } from './content/snapshot.ts'
import { newsOf } from './grading/news.ts'
import { gradingElsewhere, superviseWorker } from './grading/supervisor.ts'
import { StoreError } from './store/error.ts'
import { openStore } from './store/open.ts'
import type { Store } from './store/store.ts'

/** The web process: store, content, HTTP, and the grading process beside it. */

const log = (line: string) => console.error(line)

async function main(): Promise<void> {
  const config = readConfig()
  const store = await openStore(config)
  const catalog = await openCatalog(config.contentDirs, (snapshot) => store.items.sync(itemsOf(snapshot)), log)
  const news = newsOf(store)
  const grader = config.workers > 0 ? superviseWorker(news, config.drainMs, log) : gradingElsewhere(news)
  const context = { store, catalog, grader, now: Date.now, queueLength: config.queueLength, log }
  const app = createApp(context, { port: () => server.port, allowedHosts: config.allowedHosts })
  const server = await listen(app.fetch, config.host, config.port)
  // Only now: where the port is taken, another Drillbase may be grading for the same store.
  grader.start()
  await sayWhere(config.host, server.port, store)

  const stop = async () => {
    await server.close()
    await grader.stop()
    catalog.close()
    await store.close()
    process.exit(0)
  }
  // A terminal signals npm, its script and this process, and the script passes it on: only the first one counts.
  let stopping = false
  const stopOnce = () => {
    if (stopping) return
    stopping = true
    stop()
  }
  process.on('SIGTERM', stopOnce).on('SIGINT', stopOnce).on('SIGHUP', stopOnce)
}

const itemsOf = ({ items }: Snapshot) => [...items.values()].map(({ id, kind, section }) => ({ id, kind, section }))

/** One line: where the page is, which store is used and how much is in it, so that a wrong one is noticed at once. */
async function sayWhere(host: string, port: number, store: Store): Promise<void> {
  const { reviews, submissions } = await store.counts()
  const product = store.dialect === 'sqlite' ? 'SQLite' : 'PostgreSQL'
  const address = `http://${host.includes(':') ? `[${host}]` : host}:${port}`
  console.log(
    `Drillbase ${version} is at ${address} (${product} ${store.location}: ${reviews} reviews, ${submissions} submissions)`,
  )
}

main().catch((error) => {
  const isExpected = error instanceof ConfigError || error instanceof StoreError || error instanceof ListenError
  console.error(isExpected ? error.message : error)
  process.exit(1)
})

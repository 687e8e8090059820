import { type Config, ConfigError, readConfig } from '../server/config.ts'
import { StoreError } from '../server/store/error.ts'
import { openStore } from '../server/store/open.ts'
import type { Store, SubmissionRow } from '../server/store/store.ts'

/**
 * For whoever runs a Drillbase: submissions that could not be graded, because something of ours broke at every attempt.
 * Works on the store that the settings name (DATA_DIR or DATABASE_URL), whether the server runs or not.
 */

const usage = `npm run grading -- dead              lists what could not be graded, with the reason
npm run grading -- requeue <id>…     takes these up again
npm run grading -- requeue --all     takes all of them up again`

async function main([command, ...rest]: string[]): Promise<number> {
  if (command === 'dead' && rest.length === 0) return onStore(list)
  if (command === 'requeue' && rest.length > 0) return onStore((store) => requeue(store, rest))
  console.error(usage)
  return 2
}

async function onStore(work: (store: Store) => Promise<number>): Promise<number> {
  const config: Config = readConfig()
  const store = await openStore(config)
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

async function list(store: Store): Promise<number> {
  const dead = await store.submissions.dead()
  for (const row of dead) console.log(lineOf(row))
  console.log(`${dead.length} could not be graded (${store.location})`)
  return 0
}

function lineOf({ id, exerciseId, language, attempts, finishedAt, operatorLog }: SubmissionRow): string {
  const { incident = 'no reason was kept' } = (operatorLog ?? {}) as { incident?: string | null }
  const at = finishedAt === null ? '' : new Date(finishedAt).toISOString()
  const [reason] = String(incident).split('\n')
  return `${id}  ${at}  ${exerciseId} (${language}), ${attempts} attempts: ${reason}`
}

async function requeue(store: Store, asked: string[]): Promise<number> {
  const ids = asked.includes('--all') ? (await store.submissions.dead()).map(({ id }) => id) : asked
  let missing = 0
  for (const id of ids) {
    const row = await store.submissions.requeue(id, Date.now())
    if (!row) missing++
    console.log(row ? `${id} waits to be graded` : `${id} is not among those that could not be graded`)
  }
  return missing === 0 ? 0 : 1
}

try {
  process.exit(await main(process.argv.slice(2)))
} catch (error) {
  const isExpected = error instanceof ConfigError || error instanceof StoreError
  console.error(isExpected ? error.message : error)
  process.exit(1)
}

import pg from 'pg'
import type { Change } from './store.ts'

/** PostgreSQL's LISTEN and NOTIFY: hints between processes. Whoever missed one finds the same out by asking the rows. */

const channel = 'drillbase'
const firstPauseMs = 200
const longestPauseMs = 10_000

export type Notices = { listen(listener: (change: Change) => void): () => void; close(): Promise<void> }

/** Inside a transaction: PostgreSQL tells it at the commit, and never when there is none. */
export async function announce(connection: pg.ClientBase, change: Change): Promise<void> {
  await connection.query('select pg_notify($1, $2)', [channel, JSON.stringify(change)])
}

/** One connection for all listeners of this process, made for the first one, and again whenever it breaks. */
export function openNotices(databaseUrl: string): Notices {
  const listeners = new Set<(change: Change) => void>()
  let client: pg.Client | null = null
  let connecting: Promise<void> | null = null
  let again: NodeJS.Timeout | undefined
  let pauseMs = firstPauseMs
  let closed = false

  const tell = (change: Change) => {
    for (const listener of listeners) listener(change)
  }

  async function connect(): Promise<void> {
    // Keep-alive finds out that the other machine has gone without a word.
    const fresh = new pg.Client({ connectionString: databaseUrl, keepAlive: true, connectionTimeoutMillis: 10_000 })
    let over = false
    const end = () => {
      if (over) return
      over = true
      client = null
      fresh.end().catch(() => {})
      if (closed) return
      again = setTimeout(start, pauseMs)
      pauseMs = Math.min(longestPauseMs, pauseMs * 2)
    }
    fresh.on('error', end).on('end', end)
    fresh.on('notification', ({ payload }) => {
      const change = readChange(payload)
      if (change) tell(change)
    })
    try {
      await fresh.connect()
      await fresh.query(`listen ${channel}`)
    } catch {
      return end()
    }
    if (over) return
    client = fresh
    pauseMs = firstPauseMs
    // What was announced meanwhile is not told again.
    tell({ type: 'work' })
    tell({ type: 'news', submissionId: null })
  }

  function start(): void {
    connecting = connect()
  }

  return {
    listen(listener) {
      listeners.add(listener)
      if (!connecting) start()
      return () => void listeners.delete(listener)
    },
    async close() {
      closed = true
      clearTimeout(again)
      await connecting
      await client?.end().catch(() => {})
    },
  }
}

/** Another program may use the same channel of the same database. */
function readChange(payload: string | undefined): Change | null {
  try {
    const { type, submissionId = null } = JSON.parse(payload ?? '')
    if (type === 'work') return { type }
    return type === 'news' ? { type, submissionId } : null
  } catch {
    return null
  }
}

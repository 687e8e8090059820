import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'

type Config = { pg: { host: string; port: number; user: string; password: string; database: string } }
type Request = { room: string; from: Date; to: Date; who: string }
type Booking = { id: number; attempts: number }
type AfterCheck = (attempt: number) => Promise<void>

const maxAttempts = 5
const maxConnections = 8
let pool: pg.Pool | undefined
const turns = new Map<string, Promise<unknown>>()

export function book(config: Config, request: Request, afterCheck?: AfterCheck): Promise<Booking> {
  // One at a time for each room, so that nobody can come between looking and inserting.
  const before = turns.get(request.room) ?? Promise.resolve()
  const turn = before.catch(() => {}).then(() => bookInTurn(config, request, afterCheck))
  turns.set(request.room, turn)
  return turn
}

async function bookInTurn(config: Config, request: Request, afterCheck?: AfterCheck): Promise<Booking> {
  for (let attempt = 1; attempt <= maxAttempts; attempt++) {
    // Random, so that the two who collided do not collide again; longer each time, so that a crowd thins out.
    if (attempt > 1) await pause(Math.random() * 3 * 2 ** attempt)
    try {
      const id = await inTransaction(config, async (client) => {
        const taken = await isTaken(client, request)
        await afterCheck?.(attempt)
        if (taken) throw refusal('TAKEN')
        return insert(client, request)
      })
      return { id, attempts: attempt }
    } catch (error) {
      if (!mayBeRepeated(error)) throw error
    }
  }
  throw refusal('RETRIES_EXHAUSTED')
}

export async function close(): Promise<void> {
  const closing = pool
  pool = undefined
  await closing?.end()
}

/** Intervals are half open: one that ends at ten and one that starts at ten do not meet. */
async function isTaken(client: pg.PoolClient, { room, from, to }: Request): Promise<boolean> {
  const { rowCount } = await client.query(
    'select from bookings where room = $1 and starts < $3 and ends > $2 limit 1',
    [room, from, to],
  )
  return rowCount !== 0
}

async function insert(client: pg.PoolClient, { room, from, to, who }: Request): Promise<number> {
  const { rows } = await client.query<{ id: string }>(
    'insert into bookings (room, starts, ends, who) values ($1, $2, $3, $4) returning id',
    [room, from, to, who],
  )
  return Number(rows[0]?.id)
}

/** Serialization failure and deadlock: the database gave up a transaction that may well succeed the next time. */
function mayBeRepeated(error: unknown): boolean {
  const { code } = error as { code?: string }
  return code === '40001' || code === '40P01'
}

async function inTransaction<T>(config: Config, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await connections(config).connect()
  let lost: Error | undefined
  const onLost = (error: Error) => {
    lost = error
  }
  client.on('error', onLost)
  try {
    await client.query('begin')
    const result = await work(client)
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch(onLost)
    throw error
  } finally {
    client.off('error', onLost)
    client.release(lost)
  }
}

function connections(config: Config): pg.Pool {
  if (pool === undefined) {
    pool = new pg.Pool({ ...config.pg, max: maxConnections })
    pool.on('error', () => {})
  }
  return pool
}

const refusal = (code: 'TAKEN' | 'RETRIES_EXHAUSTED') => Object.assign(new Error(code), { code })

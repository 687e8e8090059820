import pg from 'pg'

type Config = { pg: { host: string; port: number; user: string; password: string; database: string } }
type Request = { from: string; to: string; amount: bigint; key: string; memo?: string }
type Receipt = { id: bigint; replayed: boolean }

const maxConnections = 8
let pool: pg.Pool | undefined

export function transfer(config: Config, request: Request): Promise<Receipt> {
  return inTransaction(config, async (client) => {
    const id = await claimKey(client, request)
    if (id === null) return replay(client, request)
    await moveMoney(client, request)
    return { id, replayed: false }
  })
}

export async function close(): Promise<void> {
  const closing = pool
  pool = undefined
  await closing?.end()
}

/** The unique index decides who comes first: a second insert of a key waits until the first one's transaction has ended. */
async function claimKey(client: pg.PoolClient, { from, to, amount, key, memo }: Request): Promise<bigint | null> {
  const { rows } = await client.query<{ id: string }>(
    `insert into transfers (idem_key, from_id, to_id, amount, memo) values ($1, $2, $3, $4, $5)
     on conflict (idem_key) do nothing returning id`,
    [key, from, to, amount, memo ?? null],
  )
  return rows[0] === undefined ? null : BigInt(rows[0].id)
}

async function replay(client: pg.PoolClient, { from, to, amount, key }: Request): Promise<Receipt> {
  const { rows } = await client.query<{ id: string }>(
    'select id from transfers where idem_key = $1 and from_id = $2 and to_id = $3 and amount = $4',
    [key, from, to, amount],
  )
  if (rows[0] === undefined) throw refusal('KEY_REUSED')
  return { id: BigInt(rows[0].id), replayed: true }
}

async function moveMoney(client: pg.PoolClient, { from, to, amount }: Request): Promise<void> {
  const available = await lockBalance(client, from)
  await lockBalance(client, to)
  if (available < amount) throw refusal('INSUFFICIENT')
  await client.query('update accounts set balance = balance - $2 where id = $1', [from, amount])
  await client.query('update accounts set balance = balance + $2 where id = $1', [to, amount])
}

async function lockBalance(client: pg.PoolClient, id: string): Promise<bigint> {
  const { rows } = await client.query<{ balance: string }>('select balance from accounts where id = $1 for update', [
    id,
  ])
  if (rows[0] === undefined) throw refusal('NO_ACCOUNT')
  return BigInt(rows[0].balance)
}

async function inTransaction<T>(config: Config, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await connections(config).connect()
  let lost: Error | undefined
  const onLost = (error: Error) => {
    lost = error
  }
  // The pool listens to idle clients only; an 'error' event that nobody hears ends the process.
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
    // An idle client that dies has left the pool already; nothing to do but to hear of it.
    pool.on('error', () => {})
  }
  return pool
}

const refusal = (code: 'NO_ACCOUNT' | 'INSUFFICIENT' | 'KEY_REUSED') => Object.assign(new Error(code), { code })

import pg from 'pg'

type Config = { pg: { host: string; port: number; user: string; password: string; database: string } }
type Db = { query(sql: string, params?: unknown[]): Promise<Record<string, unknown>[]> }

const maxConnections = 3
let pool: pg.Pool | undefined

export async function withTenant<T>(config: Config, tenant: string, work: (db: Db) => Promise<T>): Promise<T> {
  const client = await connections(config).connect()
  let lost: Error | undefined
  const onLost = (error: Error) => {
    lost = error
  }
  // The pool listens to idle clients only; an 'error' event that nobody hears ends the process.
  client.on('error', onLost)
  try {
    await client.query('begin')
    // Local to the transaction, so that its end takes the setting back, whichever end it is. SET takes no parameters.
    await client.query(`select set_config('app.tenant', $1, true)`, [tenant])
    const result = await work({ query: async (sql, params) => (await connections(config).query(sql, params)).rows })
    // A transaction that the work has broken can't be committed: the server answers ROLLBACK, and no error.
    const { command } = await client.query('commit')
    if (command !== 'COMMIT') throw Object.assign(new Error('ABORTED'), { code: 'ABORTED' })
    return result
  } catch (error) {
    await client.query('rollback').catch(onLost)
    throw error
  } finally {
    client.off('error', onLost)
    client.release(lost)
  }
}

export async function rawCount(config: Config): Promise<number> {
  const { rows } = await connections(config).query<{ count: number }>('select count(*)::int as count from docs')
  return rows[0]?.count ?? 0
}

export async function close(): Promise<void> {
  const closing = pool
  pool = undefined
  await closing?.end()
}

function connections(config: Config): pg.Pool {
  if (pool === undefined) {
    pool = new pg.Pool({ ...config.pg, max: maxConnections })
    pool.on('error', () => {})
  }
  return pool
}

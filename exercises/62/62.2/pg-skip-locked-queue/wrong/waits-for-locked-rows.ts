import pg from 'pg'

type Config = { pg: { host: string; port: number; user: string; password: string; database: string } }
type Job = { id: number; token: string; payload: unknown; attempt: number }

const maxConnections = 8
let pool: pg.Pool | undefined

/**
 * One statement, so nothing can happen between choosing and taking. All times are the server's: workers' clocks differ, and a lease is a promise between them.
 */
const claimJobs = `
  with buried as (
    update jobs set state = 'dead'
    where id in (
      select id from jobs
      where state = 'running' and lease_until < now() and attempts >= max_attempts
      for update skip locked
    )
  ),
  chosen as (
    select id from jobs
    where (state = 'ready' and run_at <= now() or state = 'running' and lease_until < now())
      and attempts < max_attempts
    order by priority desc, id
    limit $2
    for update
  ),
  taken as (
    update jobs
    set state = 'running', worker = $1, token = gen_random_uuid(), attempts = attempts + 1,
        lease_until = now() + $3 * interval '1 millisecond'
    from chosen where jobs.id = chosen.id
    returning jobs.*
  )
  select id, token, payload, attempts from taken order by priority desc, id` // RETURNING promises no order.

export async function claim(config: Config, worker: string, n: number, leaseMs: number): Promise<Job[]> {
  const { rows } = await connections(config).query<{ id: string; token: string; payload: unknown; attempts: number }>(
    claimJobs,
    [worker, n, leaseMs],
  )
  return rows.map(({ id, token, payload, attempts }) => ({ id: Number(id), token, payload, attempt: attempts }))
}

/** The token of a lease that is still good, and nothing else, is the right to change a job. */
const leased = `id = $1 and token = $2 and state = 'running' and lease_until >= now()`

export async function complete(config: Config, id: number, token: string): Promise<boolean> {
  const { rowCount } = await connections(config).query(
    `update jobs set state = 'done', lease_until = null where ${leased}`,
    [id, token],
  )
  return rowCount === 1
}

export async function extend(config: Config, id: number, token: string, ms: number): Promise<boolean> {
  const { rowCount } = await connections(config).query(
    `update jobs set lease_until = now() + $3 * interval '1 millisecond' where ${leased}`,
    [id, token, ms],
  )
  return rowCount === 1
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

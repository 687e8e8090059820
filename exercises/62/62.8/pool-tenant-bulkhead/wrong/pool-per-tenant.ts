import pg from 'pg'

type Config = { pg: { host: string; port: number; user: string; password: string; database: string } }
type Limits = { total: number; perTenant: number; maxQueue: number; waitMs: number }
type Db = { query(sql: string, params?: unknown[]): Promise<Record<string, unknown>[]> }

type Waiter = { enter(): void; refuse(code: Code): void }
type Tenant = { running: number; readonly waiters: Waiter[] }
type Code = 'QUEUE_FULL' | 'WAIT_TIMEOUT' | 'GATE_CLOSED'

export async function createGate(config: Config, limits: Limits) {
  return new Gate(config, limits)
}

class Gate {
  readonly #limits: Limits
  readonly #config: Config
  readonly #pools = new Map<string, pg.Pool>()
  /** Those who run or wait. A map, because a tenant may be called __proto__; nobody else is kept, because there are many. */
  readonly #tenants = new Map<string, Tenant>()
  /** Tenants that wait, whose turn is next first. */
  #turns: string[] = []
  #running = 0
  #closed = false
  #emptied: () => void = () => {}

  constructor(config: Config, limits: Limits) {
    this.#limits = limits
    this.#config = config
  }

  async run<T>(tenant: string, work: (db: Db) => Promise<T>): Promise<T> {
    await this.#enter(tenant)
    try {
      return await this.#withConnection(tenant, work)
    } finally {
      this.#leave(tenant)
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const { waiters } of this.#tenants.values()) for (const waiter of [...waiters]) waiter.refuse('GATE_CLOSED')
    if (this.#running > 0)
      await new Promise<void>((resolve) => {
        this.#emptied = resolve
      })
    for (const pool of this.#pools.values()) await pool.end()
  }

  #poolOf(tenant: string): pg.Pool {
    const pool = this.#pools.get(tenant) ?? new pg.Pool({ ...this.#config.pg, max: this.#limits.perTenant })
    if (!this.#pools.has(tenant)) pool.on('error', () => {})
    this.#pools.set(tenant, pool)
    return pool
  }

  /** Everybody queues, if only for a moment: so nobody who comes now can overtake one who waits. */
  #enter(name: string): Promise<void> {
    if (this.#closed) return Promise.reject(refusal('GATE_CLOSED'))
    const tenant = this.#tenants.get(name) ?? { running: 0, waiters: [] }
    const mayRun = tenant.running < this.#limits.perTenant
    if (!mayRun && tenant.waiters.length >= this.#limits.maxQueue) return Promise.reject(refusal('QUEUE_FULL'))
    this.#tenants.set(name, tenant)
    return new Promise((resolve, reject) => {
      const waiter = {
        enter() {
          clearTimeout(timer)
          resolve()
        },
        refuse: (code: Code) => {
          clearTimeout(timer)
          tenant.waiters.splice(tenant.waiters.indexOf(waiter), 1)
          this.#forget(name, tenant)
          reject(refusal(code))
        },
      }
      const timer = setTimeout(() => waiter.refuse('WAIT_TIMEOUT'), this.#limits.waitMs)
      tenant.waiters.push(waiter)
      if (!this.#turns.includes(name)) this.#turns.push(name)
      this.#admit()
    })
  }

  #admit(): void {
    for (;;) {
      const name = this.#turns.find((each) => (this.#tenants.get(each)?.running ?? 0) < this.#limits.perTenant)
      const tenant = name === undefined ? undefined : this.#tenants.get(name)
      if (name === undefined || tenant === undefined) return
      this.#turns = this.#turns.filter((each) => each !== name)
      const waiter = tenant.waiters.shift()
      if (tenant.waiters.length > 0) this.#turns.push(name)
      tenant.running++
      this.#running++
      waiter?.enter()
    }
  }

  #leave(name: string): void {
    const tenant = this.#tenants.get(name) as Tenant
    tenant.running--
    this.#running--
    this.#forget(name, tenant)
    this.#admit()
    if (this.#running === 0) this.#emptied()
  }

  #forget(name: string, tenant: Tenant): void {
    if (tenant.waiters.length > 0) return
    this.#turns = this.#turns.filter((each) => each !== name)
    if (tenant.running === 0) this.#tenants.delete(name)
  }

  async #withConnection<T>(tenant: string, work: (db: Db) => Promise<T>): Promise<T> {
    const client = await this.#poolOf(tenant).connect()
    let lost: Error | undefined
    const onLost = (error: Error) => {
      lost = error
    }
    client.on('error', onLost)
    try {
      return await work({ query: async (sql, params) => (await client.query(sql, params)).rows })
    } finally {
      client.off('error', onLost)
      client.release(lost)
    }
  }
}

const refusal = (code: Code) => Object.assign(new Error(code), { code })

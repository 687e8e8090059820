import pg from 'pg'

type Config = { pg: { host: string; port: number; user: string; password: string; database: string } }
type Options = { max: number; acquireTimeoutMs: number; idleTimeoutMs: number }
type Db = { query(sql: string, params?: unknown[]): Promise<Record<string, unknown>[]> }

type Connection = { client: pg.Client; dead: boolean; idleTimer?: NodeJS.Timeout }
type Waiter = { resolve(connection: Connection): void; reject(error: Error): void; timer: NodeJS.Timeout }

export async function createPool(config: Config, options: Options) {
  return new Pool(config, options)
}

class Pool {
  readonly #config: Config
  readonly #options: Options
  readonly #idle: Connection[] = []
  readonly #waiters: Waiter[] = []
  /** Connections that exist or are being opened: counted before the first await, or a crowd would open too many. */
  #open = 0
  #opening = 0
  #closed = false
  #drained: () => void = () => {}

  constructor(config: Config, options: Options) {
    this.#config = config
    this.#options = options
  }

  async use<T>(work: (db: Db) => Promise<T>): Promise<T> {
    const connection = await this.#acquire()
    try {
      return await work({ query: async (sql, params) => (await connection.client.query(sql, params)).rows })
    } finally {
      await this.#giveBack(connection)
    }
  }

  /** Waits for borrowers. */
  async close(): Promise<void> {
    this.#closed = true
    const drained = new Promise<void>((resolve) => {
      this.#drained = resolve
    })
    for (const connection of this.#idle.splice(0)) this.#drop(connection)
    if (this.#open > 0) await drained
  }

  #acquire(): Promise<Connection> {
    if (this.#closed) return Promise.reject(refusal('POOL_CLOSED'))
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1)
        reject(refusal('POOL_TIMEOUT'))
      }, this.#options.acquireTimeoutMs)
      const waiter = { resolve, reject, timer }
      this.#waiters.push(waiter)
      this.#serve()
    })
  }

  /** Whenever something changed. Nobody but this function hands connections out or opens them, so the order is kept. */
  #serve(): void {
    while (this.#waiters.length > 0 && this.#idle.length > 0) {
      const connection = this.#idle.pop() as Connection
      const waiter = this.#waiters.shift() as Waiter
      clearTimeout(connection.idleTimer)
      clearTimeout(waiter.timer)
      waiter.resolve(connection)
    }
    // Opened for the pool, not for a waiter: whoever is first when it is ready gets it, and nobody need be left.
    while (this.#waiters.length > this.#opening && this.#open < this.#options.max) void this.#openOne()
  }

  async #openOne(): Promise<void> {
    this.#open++
    this.#opening++
    const connection: Connection = { client: new pg.Client(this.#config.pg), dead: false }
    connection.client.on('error', () => this.#lost(connection))
    connection.client.on('end', () => this.#lost(connection))
    try {
      await connection.client.connect()
      this.#opening--
      this.#shelve(connection)
    } catch (error) {
      this.#opening--
      const waiter = this.#waiters.shift()
      clearTimeout(waiter?.timer)
      waiter?.reject(error as Error)
      connection.dead = true
      this.#drop(connection)
    }
  }

  /** The server ended it. One that is on the shelf leaves at once; one in use when its borrower is done. */
  #lost(connection: Connection): void {
    connection.dead = true
    this.#retire(connection)
  }

  #retire(connection: Connection): void {
    const place = this.#idle.indexOf(connection)
    if (place < 0) return
    this.#idle.splice(place, 1)
    this.#drop(connection)
  }

  async #giveBack(connection: Connection): Promise<void> {
    try {
      // Two statements, because DISCARD ALL must not run inside a transaction, and this borrower may have left one open.
      await connection.client.query('rollback')
      await connection.client.query('discard all')
    } catch {
      connection.dead = true
    }
    this.#shelve(connection)
  }

  #shelve(connection: Connection): void {
    if (connection.dead || (this.#closed && this.#waiters.length === 0)) return this.#drop(connection)
    connection.idleTimer = setTimeout(() => this.#retire(connection), this.#options.idleTimeoutMs)
    this.#idle.push(connection)
    this.#serve()
  }

  #drop(connection: Connection): void {
    clearTimeout(connection.idleTimer)
    const gone = () => {
      this.#open--
      if (this.#closed && this.#open === 0) this.#drained()
      this.#serve()
    }
    const ended = connection.client.end().catch(() => {})
    // A live one counts until the server has let go of it; for a dead one there is nothing to wait for.
    if (connection.dead) gone()
    else void ended.then(gone)
  }
}

const refusal = (code: 'POOL_TIMEOUT' | 'POOL_CLOSED') => Object.assign(new Error(code), { code })

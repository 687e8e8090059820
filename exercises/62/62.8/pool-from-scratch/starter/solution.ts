import pg from 'pg'

type Config = { pg: { host: string; port: number; user: string; password: string; database: string } }
type Options = { max: number; acquireTimeoutMs: number; idleTimeoutMs: number }
type Db = { query(sql: string, params?: unknown[]): Promise<Record<string, unknown>[]> }

// pg.Client is a single connection; pg.Pool is what you are writing.

export async function createPool(config: Config, options: Options) {
  return {
    /** Lends one connection to `work`, for as long as it runs. */
    async use<T>(work: (db: Db) => Promise<T>): Promise<T> {
      throw new Error('not implemented')
    },

    /** Waits for borrowers and ends every connection. */
    async close(): Promise<void> {
      throw new Error('not implemented')
    },
  }
}

const refusal = (code: 'POOL_TIMEOUT' | 'POOL_CLOSED') => Object.assign(new Error(code), { code })

import pg from 'pg'

type Config = { pg: { host: string; port: number; user: string; password: string; database: string } }
type Limits = { total: number; perTenant: number; maxQueue: number; waitMs: number }
type Db = { query(sql: string, params?: unknown[]): Promise<Record<string, unknown>[]> }

export async function createGate(config: Config, limits: Limits) {
  return {
    /** Lends a connection to this tenant's work, when it is the tenant's turn. */
    async run<T>(tenant: string, work: (db: Db) => Promise<T>): Promise<T> {
      throw new Error('not implemented')
    },

    /** Waits for the works that run, and ends every connection. */
    async close(): Promise<void> {
      throw new Error('not implemented')
    },
  }
}

const refusal = (code: 'QUEUE_FULL' | 'WAIT_TIMEOUT' | 'GATE_CLOSED') => Object.assign(new Error(code), { code })

/** What a work is given. */
export type Db = { query(sql: string, params?: unknown[]): Promise<Record<string, unknown>[]> }

export type Limits = { total: number; perTenant: number; maxQueue: number; waitMs: number }

export type Gate = {
  run(tenant: string, work: (db: Db) => Promise<unknown>): Promise<unknown>
  close(): Promise<void>
}

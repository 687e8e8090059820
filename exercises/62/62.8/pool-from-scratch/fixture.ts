export const schema = 'create table public.notes (id serial primary key, body text not null);'

/** What a borrower is given. */
export type Db = { query(sql: string, params?: unknown[]): Promise<Record<string, unknown>[]> }

export type Options = { max: number; acquireTimeoutMs: number; idleTimeoutMs: number }

export type Pool = {
  use(work: (db: Db) => Promise<unknown>): Promise<unknown>
  close(): Promise<void>
}

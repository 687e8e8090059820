import pg from 'pg'

type Config = { pg: { host: string; port: number; user: string; password: string; database: string } }
type Job = { id: number; token: string; payload: unknown; attempt: number }

// Calls come many at a time, and always with the same config. Keep a pool of at most 10 connections.
let pool: pg.Pool | undefined

/** Takes up to n due jobs for this worker, the most urgent first; never waits for a row that somebody else has locked. */
export async function claim(config: Config, worker: string, n: number, leaseMs: number): Promise<Job[]> {
  throw new Error('not implemented')
}

/** Marks a job as done, if this token's lease is still good. */
export async function complete(config: Config, id: number, token: string): Promise<boolean> {
  throw new Error('not implemented')
}

/** Lets the lease end `ms` from now, if it is still good. */
export async function extend(config: Config, id: number, token: string, ms: number): Promise<boolean> {
  throw new Error('not implemented')
}

/** Ends every connection. A later call starts afresh. */
export async function close(): Promise<void> {
  throw new Error('not implemented')
}

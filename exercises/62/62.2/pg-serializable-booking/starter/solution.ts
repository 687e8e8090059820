import pg from 'pg'

type Config = { pg: { host: string; port: number; user: string; password: string; database: string } }
type Request = { room: string; from: Date; to: Date; who: string }
type Booking = { id: number; attempts: number }
type AfterCheck = (attempt: number) => Promise<void>

// Calls come many at a time, and always with the same config. Keep a pool of at most 10 connections.
let pool: pg.Pool | undefined

/** Books the room unless somebody has it; or refuses with code TAKEN or RETRIES_EXHAUSTED. */
export async function book(config: Config, request: Request, afterCheck?: AfterCheck): Promise<Booking> {
  throw new Error('not implemented')
}

/** Ends every connection. A later booking starts afresh. */
export async function close(): Promise<void> {
  throw new Error('not implemented')
}

const refusal = (code: 'TAKEN' | 'RETRIES_EXHAUSTED') => Object.assign(new Error(code), { code })

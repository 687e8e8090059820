import { Redis } from 'ioredis'

type Config = { redis: { host: string; port: number; username: string; password: string; prefix: string } }
type Decision = { allowed: boolean; remaining: number; retryAfterMs: number }

// Open one client on the first call and keep it: later calls and close() need the same one.

export async function allow(cfg: Config, id: string, limit: number, windowMs: number): Promise<Decision> {
  throw new Error('not implemented')
}

export async function close(): Promise<void> {
  throw new Error('not implemented')
}

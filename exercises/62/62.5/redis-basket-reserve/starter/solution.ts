import { Redis } from 'ioredis'

type Config = { redis: { host: string; port: number; username: string; password: string; prefix: string } }

// The stock is the hash `${cfg.redis.prefix}stock`. Open one client on the first call and keep it for later calls.

export async function reserve(
  cfg: Config,
  orderId: string,
  lines: Record<string, number>,
): Promise<{ replayed: boolean }> {
  throw new Error('not implemented')
}

export async function release(cfg: Config, orderId: string): Promise<boolean> {
  throw new Error('not implemented')
}

export async function close(): Promise<void> {
  throw new Error('not implemented')
}

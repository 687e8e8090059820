import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'

type Config = { redis: { host: string; port: number; username: string; password: string; prefix: string } }
type Decision = { allowed: boolean; remaining: number; retryAfterMs: number }

// A sorted set per id: one member for each allowed call, its score the time in microseconds (exact in a double until 2255).
// The member has to be unique, because two calls of the same moment are two.

let client: Redis | undefined

function connect(cfg: Config): Redis {
  const { host, port, username, password } = cfg.redis
  client ??= new Redis({ host, port, username, password })
  return client
}

export async function allow(cfg: Config, id: string, limit: number, windowMs: number): Promise<Decision> {
  const calls = `${cfg.redis.prefix}calls:${id}`
  const redis = connect(cfg)
  const [seconds, microseconds] = await redis.time()
  const now = Number(seconds) * 1_000_000 + Number(microseconds)
  const window = windowMs * 1000
  const count = await redis.zcount(calls, `(${now - window}`, '+inf')
  if (count < limit) {
    await redis
      .multi()
      .zremrangebyscore(calls, '-inf', now - window)
      .zadd(calls, now, randomUUID())
      .pexpire(calls, windowMs)
      .exec()
    return { allowed: true, remaining: limit - count - 1, retryAfterMs: 0 }
  }
  const [, oldest] = await redis.zrange(calls, `(${now - window}`, '+inf', 'BYSCORE', 'LIMIT', 0, 1, 'WITHSCORES')
  return { allowed: false, remaining: 0, retryAfterMs: Math.ceil((Number(oldest) + window - now) / 1000) }
}

export async function close(): Promise<void> {
  await client?.quit()
  client = undefined
}

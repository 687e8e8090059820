import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'

type Config = { redis: { host: string; port: number; username: string; password: string; prefix: string } }
type Decision = { allowed: boolean; remaining: number; retryAfterMs: number }
type Scripts = {
  decide(calls: string, limit: number, windowMs: number, call: string): Promise<[0 | 1, number, number]>
}

// A sorted set per id: one member for each allowed call, its score the time in microseconds (exact in a double until 2255).
// The member has to be unique, because two calls of the same moment are two.
const decide = `
  local time = redis.call('TIME')
  local now = time[1] * 1000000 + time[2]
  local limit, window = tonumber(ARGV[1]), ARGV[2] * 1000
  redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - window)
  local count = redis.call('ZCARD', KEYS[1])
  redis.call('ZADD', KEYS[1], now, ARGV[3])
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  if count < limit then
    return {1, limit - count - 1, 0}
  end
  local oldest = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2]
  return {0, 0, math.ceil((oldest + window - now) / 1000)}`

let client: (Redis & Scripts) | undefined

function connect(cfg: Config): Redis & Scripts {
  if (!client) {
    const { host, port, username, password } = cfg.redis
    client = new Redis({ host, port, username, password }) as Redis & Scripts
    client.defineCommand('decide', { numberOfKeys: 1, lua: decide })
  }
  return client
}

export async function allow(cfg: Config, id: string, limit: number, windowMs: number): Promise<Decision> {
  const calls = `${cfg.redis.prefix}calls:${id}`
  const [allowed, remaining, retryAfterMs] = await connect(cfg).decide(calls, limit, windowMs, randomUUID())
  return { allowed: allowed === 1, remaining, retryAfterMs }
}

export async function close(): Promise<void> {
  await client?.quit()
  client = undefined
}

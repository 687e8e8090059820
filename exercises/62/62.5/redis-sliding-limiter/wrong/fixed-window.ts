import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'

type Config = { redis: { host: string; port: number; username: string; password: string; prefix: string } }
type Decision = { allowed: boolean; remaining: number; retryAfterMs: number }
type Scripts = {
  decide(calls: string, limit: number, windowMs: number, call: string): Promise<[0 | 1, number, number]>
}

const decide = `
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  local limit, window = tonumber(ARGV[1]), tonumber(ARGV[2])
  local key = KEYS[1] .. ':' .. math.floor(now / window)
  local count = tonumber(redis.call('GET', key) or '0')
  if count < limit then
    redis.call('INCR', key)
    redis.call('PEXPIRE', key, window)
    return {1, limit - count - 1, 0}
  end
  return {0, 0, window - now % window}`

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

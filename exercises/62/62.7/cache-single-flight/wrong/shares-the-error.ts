import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { Redis } from 'ioredis'

type Config = { redis: { host: string; port: number; username: string; password: string; prefix: string } }
type Options = { ttlMs: number; nullTtlMs: number; lockMs: number }
type Scripts = {
  storeAndUnlock(entry: string, lock: string, token: string, value: string, ttlMs: number): Promise<number>
  unlock(lock: string, token: string): Promise<number>
}

// The lock may have run out and be somebody else's by now. So the question "is it mine?" and the deed are one step.
const storeAndUnlock = `
  if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
  return redis.call('DEL', KEYS[2])`

const unlock = `
  if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
  return redis.call('DEL', KEYS[1])`

let client: (Redis & Scripts) | undefined

function connect(cfg: Config): Redis & Scripts {
  if (!client) {
    const { host, port, username, password } = cfg.redis
    client = new Redis({ host, port, username, password }) as Redis & Scripts
    client.defineCommand('storeAndUnlock', { numberOfKeys: 2, lua: storeAndUnlock })
    client.defineCommand('unlock', { numberOfKeys: 1, lua: unlock })
  }
  return client
}

const underWay = new Map<string, Promise<unknown>>()

export function getOrLoad(
  cfg: Config,
  key: string,
  options: Options,
  load: (key: string) => Promise<unknown>,
): Promise<unknown> {
  const shared = underWay.get(key) ?? loadOnce(cfg, key, options, load).finally(() => underWay.delete(key))
  underWay.set(key, shared)
  return shared
}

async function loadOnce(
  cfg: Config,
  key: string,
  { ttlMs, nullTtlMs, lockMs }: Options,
  load: (key: string) => Promise<unknown>,
): Promise<unknown> {
  const redis = connect(cfg)
  // Different first words: whatever the key is, no lock is ever another key's entry.
  const entry = `${cfg.redis.prefix}entry:${key}`
  const lock = `${cfg.redis.prefix}lock:${key}`
  const token = randomUUID()

  for (;;) {
    const hit = await redis.get(entry)
    if (hit !== null) return JSON.parse(hit)
    if (await redis.set(lock, token, 'PX', lockMs, 'NX')) break
    await pause(20 + Math.random() * 20)
  }

  // Between the miss and the lock another loader may have stored and unlocked.
  const stored = await redis.get(entry)
  if (stored !== null) {
    await redis.unlock(lock, token)
    return JSON.parse(stored)
  }

  let value: unknown
  try {
    value = await load(key)
  } catch (error) {
    await redis.unlock(lock, token)
    throw error
  }
  const ttl = value === null ? nullTtlMs : ttlMs
  // The text 'null' is an entry; no entry at all is null from GET.
  await redis.storeAndUnlock(entry, lock, token, JSON.stringify(value), spread(ttl))
  return value
}

const spread = (ms: number) => Math.max(1, Math.round(ms * (0.9 + Math.random() * 0.2)))

export async function close(): Promise<void> {
  await client?.quit()
  client = undefined
}

import { Redis } from 'ioredis'
import pg from 'pg'

type Config = {
  pg: { host: string; port: number; user: string; password: string; database: string }
  redis: { host: string; port: number; username: string; password: string; prefix: string }
}
type User = { id: number; name: string; version: number }
type Hooks = { afterDbRead?: () => Promise<void>; afterCommit?: () => Promise<void> }
type Scripts = { storeIfNewest(entry: string, version: number, user: string, ttlMs: number): Promise<number> }

const ttlMs = 60_000

// Readers and writers may come late. Whatever they bring, an older version never replaces a newer one.
const storeIfNewest = `
  local known = tonumber(redis.call('HGET', KEYS[1], 'version') or '0')
  if tonumber(ARGV[1]) < known then return 0 end
  redis.call('HSET', KEYS[1], 'version', ARGV[1], 'user', ARGV[2])
  return redis.call('PEXPIRE', KEYS[1], ARGV[3])`

let cache: (Redis & Scripts) | undefined
let pool: pg.Pool | undefined

function cacheOf(cfg: Config): Redis & Scripts {
  if (!cache) {
    const { host, port, username, password } = cfg.redis
    cache = new Redis({ host, port, username, password }) as Redis & Scripts
    cache.defineCommand('storeIfNewest', { numberOfKeys: 1, lua: storeIfNewest })
  }
  return cache
}

function database(cfg: Config): pg.Pool {
  pool ??= new pg.Pool({ ...cfg.pg, max: 8 })
  return pool
}

const entryKey = (cfg: Config, id: number) => `${cfg.redis.prefix}user:${id}`

async function store(cfg: Config, user: User): Promise<void> {
  await cacheOf(cfg).storeIfNewest(entryKey(cfg, user.id), user.version, JSON.stringify(user), ttlMs)
}

export async function getUser(
  cfg: Config,
  id: number,
  hooks: Hooks = {},
): Promise<(User & { from: 'cache' | 'db' }) | null> {
  const hit = await cacheOf(cfg).hget(entryKey(cfg, id), 'user')
  if (hit !== null) return { ...JSON.parse(hit), from: 'cache' }

  const { rows } = await database(cfg).query<User>('select id, name, version from users where id = $1', [id])
  await hooks.afterDbRead?.()
  const user = rows[0]
  // Nobody tells us when a user is inserted, so that there is none is not remembered.
  if (!user) return null
  await store(cfg, user)
  return { ...user, from: 'db' }
}

export async function rename(cfg: Config, id: number, name: string, hooks: Hooks = {}): Promise<number | null> {
  await cacheOf(cfg).del(entryKey(cfg, id))
  const { rows } = await database(cfg).query<User>(
    'update users set name = $2, version = version + 1 where id = $1 returning id, name, version',
    [id, name],
  )
  await hooks.afterCommit?.()
  const user = rows[0]
  if (!user) return null
  return user.version
}

export async function close(): Promise<void> {
  const closing = [cache?.quit(), pool?.end()]
  cache = undefined
  pool = undefined
  await Promise.all(closing)
}

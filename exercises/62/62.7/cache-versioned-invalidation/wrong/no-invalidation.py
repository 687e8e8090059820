import asyncio
import json

import asyncpg
import redis.asyncio as redis

TTL_MS = 60_000

# Readers and writers may come late. Whatever they bring, an older version never replaces a newer one.
STORE_IF_NEWEST = """
  local known = tonumber(redis.call('HGET', KEYS[1], 'version') or '0')
  if tonumber(ARGV[1]) < known then return 0 end
  redis.call('HSET', KEYS[1], 'version', ARGV[1], 'user', ARGV[2])
  return redis.call('PEXPIRE', KEYS[1], ARGV[3])"""

_cache = None
_pool = None
_opening = asyncio.Lock()


def cache_of(cfg):
    global _cache
    if _cache is None:
        c = cfg["redis"]
        _cache = redis.Redis(
            host=c["host"],
            port=c["port"],
            username=c["username"],
            password=c["password"],
            decode_responses=True,
        )
    return _cache


async def database(cfg):
    """Opening takes a while, and whoever comes meanwhile must not open another pool."""
    global _pool
    async with _opening:
        if _pool is None:
            _pool = await asyncpg.create_pool(**cfg["pg"], min_size=1, max_size=8)
        return _pool


def entry_key(cfg, id):
    return f"{cfg['redis']['prefix']}user:{id}"


async def store(cfg, user):
    key = entry_key(cfg, user["id"])
    await cache_of(cfg).eval(STORE_IF_NEWEST, 1, key, user["version"], json.dumps(user), TTL_MS)


async def get_user(cfg, id, hooks=None):
    hit = await cache_of(cfg).hget(entry_key(cfg, id), "user")
    if hit is not None:
        return {**json.loads(hit), "from": "cache"}

    pool = await database(cfg)
    row = await pool.fetchrow("select id, name, version from users where id = $1", id)
    await run_hook(hooks, "afterDbRead")
    # Nobody tells us when a user is inserted, so that there is none is not remembered.
    if row is None:
        return None
    user = dict(row)
    await store(cfg, user)
    return {**user, "from": "db"}


async def rename(cfg, id, name, hooks=None):
    pool = await database(cfg)
    row = await pool.fetchrow(
        "update users set name = $2, version = version + 1 where id = $1 returning id, name, version", id, name
    )
    await run_hook(hooks, "afterCommit")
    if row is None:
        return None
    return row["version"]


async def run_hook(hooks, name):
    hook = (hooks or {}).get(name)
    if hook is not None:
        await hook()


async def close():
    global _cache, _pool
    cache, pool = _cache, _pool
    _cache = _pool = None
    if cache is not None:
        await cache.aclose()
    if pool is not None:
        await pool.close()

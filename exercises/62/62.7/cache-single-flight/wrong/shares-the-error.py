import asyncio
import json
import random
import uuid

import redis.asyncio as redis

# The lock may have run out and be somebody else's by now. So the question "is it mine?" and the deed are one step.
STORE_AND_UNLOCK = """
  if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
  return redis.call('DEL', KEYS[2])"""

UNLOCK = """
  if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
  return redis.call('DEL', KEYS[1])"""

_client = None
_under_way = {}


def connect(cfg):
    global _client
    if _client is None:
        c = cfg["redis"]
        _client = redis.Redis(
            host=c["host"],
            port=c["port"],
            username=c["username"],
            password=c["password"],
            decode_responses=True,
        )
    return _client


async def get_or_load(cfg, key, options, load):
    shared = _under_way.get(key)
    if shared is None:
        shared = _under_way[key] = asyncio.create_task(load_once(cfg, key, options, load))
        shared.add_done_callback(lambda _: _under_way.pop(key))
    return await asyncio.shield(shared)


async def load_once(cfg, key, options, load):
    client = connect(cfg)
    # Different first words: whatever the key is, no lock is ever another key's entry.
    entry = f"{cfg['redis']['prefix']}entry:{key}"
    lock = f"{cfg['redis']['prefix']}lock:{key}"
    token = str(uuid.uuid4())

    while True:
        hit = await client.get(entry)
        if hit is not None:
            return json.loads(hit)
        if await client.set(lock, token, nx=True, px=options["lockMs"]):
            break
        await asyncio.sleep(random.uniform(0.02, 0.04))

    # Between the miss and the lock another loader may have stored and unlocked.
    stored = await client.get(entry)
    if stored is not None:
        await client.eval(UNLOCK, 1, lock, token)
        return json.loads(stored)

    try:
        value = await load(key)
    except BaseException:
        await client.eval(UNLOCK, 1, lock, token)
        raise
    ttl_ms = options["nullTtlMs"] if value is None else options["ttlMs"]
    # The text 'null' is an entry; no entry at all is None from GET.
    await client.eval(STORE_AND_UNLOCK, 2, entry, lock, token, json.dumps(value), spread(ttl_ms))
    return value


def spread(ms):
    return max(1, round(ms * random.uniform(0.9, 1.1)))


async def close():
    global _client
    if _client is not None:
        closing, _client = _client, None
        await closing.aclose()

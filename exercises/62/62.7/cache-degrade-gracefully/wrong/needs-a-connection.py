import asyncio
import json
import time

import redis.asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

BUDGET_S = 0.15
FAILURES_TO_OPEN = 3
OPEN_S = 0.3
MAX_CONNECTIONS = 8

_client = None
_greeted = False
_failures_in_a_row = 0
_open_until = 0.0


def connect(cfg):
    global _client
    if _client is None:
        c = cfg["redis"]
        # Who finds all connections busy waits for one; a plain pool would open more, or fail at once.
        pool = redis.BlockingConnectionPool(
            host=c["host"],
            port=c["port"],
            username=c["username"],
            password=c["password"],
            decode_responses=True,
            max_connections=MAX_CONNECTIONS,
            timeout=BUDGET_S,
            socket_timeout=BUDGET_S,
            socket_connect_timeout=BUDGET_S,
            # By default ten more attempts of five seconds each.
            retry=Retry(NoBackoff(), 0),
        )
        _client = redis.Redis(connection_pool=pool)
    return _client


async def attempt(command):
    """The only way to the cache: in time or not at all. None when there is no answer, whatever the reason."""
    global _failures_in_a_row, _open_until
    if time.monotonic() < _open_until:
        return None
    try:
        # Over everything together: waiting for a connection, connecting, asking.
        async with asyncio.timeout(BUDGET_S):
            answer = await command()
    except (redis.RedisError, OSError, TimeoutError):
        # The counter stays up while the breaker is open, so that the first failure after the pause opens it again.
        _failures_in_a_row += 1
        if _failures_in_a_row >= FAILURES_TO_OPEN:
            _open_until = time.monotonic() + OPEN_S
        return None
    _failures_in_a_row = 0
    return answer


async def get(cfg, key, ttl_ms, load):
    global _greeted
    entry = f"{cfg['redis']['prefix']}cache:{key}"
    if not _greeted:
        await connect(cfg).ping()
        _greeted = True
    hit = await attempt(lambda: connect(cfg).get(entry))
    if hit is not None:
        return {"value": json.loads(hit), "from": "cache"}
    # Outside of attempt: an error of the source is the caller's to see.
    value = await load(key)
    await attempt(lambda: connect(cfg).set(entry, json.dumps(value), px=ttl_ms))
    return {"value": value, "from": "load"}


async def close():
    global _client
    if _client is not None:
        closing, _client = _client, None
        await closing.connection_pool.disconnect()

import redis.asyncio as redis

# Open one client on the first call and keep it: later calls and close() need the same one.


async def get_or_load(cfg, key, options, load):
    """options: ttlMs, nullTtlMs, lockMs. Returns what load(key) returned, now or earlier."""
    raise NotImplementedError


async def close():
    raise NotImplementedError

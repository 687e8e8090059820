import redis.asyncio as redis

# One client for the whole process. Which of its options say how long it waits, and for what?


async def get(cfg, key, ttl_ms, load):
    """Returns {'value': ..., 'from': 'cache' or 'load'}."""
    raise NotImplementedError


async def close():
    raise NotImplementedError

from pymongo import AsyncMongoClient

# Open one client on the first call, inside the running loop, and keep it for later calls; close() gives it back.


async def acquire(cfg, name, owner, ms):
    """{'fence': int, 'token': str}, or None while somebody else's lease runs."""
    raise NotImplementedError


async def renew(cfg, name, token, ms):
    """True if the token's lease was running; it now ends in ms."""
    raise NotImplementedError


async def release(cfg, name, token):
    """True if the token's lease was running; it is free now."""
    raise NotImplementedError


async def fenced_write(cfg, id, fence, value):
    """False if the resource has seen a larger fence."""
    raise NotImplementedError


async def close():
    raise NotImplementedError

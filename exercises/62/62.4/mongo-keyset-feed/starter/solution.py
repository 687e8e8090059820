from pymongo import AsyncMongoClient

# Open one client on the first call, inside the running loop, and keep it for later calls; close() gives it back.


async def page(cfg, q):
    """q has tenant, limit, secret and perhaps cursor. Returns {'items': [{'id', 'title', 'score'}], 'next': str or None}."""
    raise NotImplementedError


async def close():
    raise NotImplementedError

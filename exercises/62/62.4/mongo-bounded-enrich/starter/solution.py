import asyncio

from pymongo import AsyncMongoClient

# The client of a call lives as long as the call: whatever happens, no connection is left when it ends.


async def enrich(cfg, options, fetch_one):
    """options has collection, limit and batch; fetch_one(id, url) is awaited. Returns {'done': int, 'failed': int}."""
    raise NotImplementedError

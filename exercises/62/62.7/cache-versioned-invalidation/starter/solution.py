import asyncpg
import redis.asyncio as redis


async def get_user(cfg, id, hooks=None):
    """{'id': int, 'name': str, 'version': int, 'from': 'cache' or 'db'}, or None."""
    raise NotImplementedError


async def rename(cfg, id, name, hooks=None):
    """The new version, or None."""
    raise NotImplementedError


async def close():
    raise NotImplementedError

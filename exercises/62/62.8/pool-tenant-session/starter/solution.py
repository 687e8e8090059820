import asyncio

import asyncpg

# Calls come many at a time on one event loop, and always with the same cfg.


async def with_tenant(cfg, tenant, work):
    """Runs await work(db) in one transaction in which app.tenant is tenant; db has async query(sql, params)."""
    raise NotImplementedError("not implemented")


async def raw_count(cfg):
    """How many rows of docs a connection of the pool sees that works for no tenant."""
    raise NotImplementedError("not implemented")


async def close():
    """Ends every connection. A later call starts afresh."""
    raise NotImplementedError("not implemented")

import asyncio

import asyncpg

# Calls come many at a time on one event loop, and always with the same cfg. Keep a pool of at most 10 connections.


async def claim(cfg, worker, n, lease_ms):
    """Takes up to n due jobs for this worker, the most urgent first; never waits for a row that somebody else has locked."""
    raise NotImplementedError("not implemented")


async def complete(cfg, job_id, token):
    """Marks a job as done, if this token's lease is still good."""
    raise NotImplementedError("not implemented")


async def extend(cfg, job_id, token, ms):
    """Lets the lease end ms from now, if it is still good."""
    raise NotImplementedError("not implemented")


async def close():
    """Ends every connection. A later call starts afresh."""
    raise NotImplementedError("not implemented")

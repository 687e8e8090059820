import asyncio

import asyncpg

# Calls come many at a time on one event loop, and always with the same cfg. Keep a pool of at most 10 connections.


class Refusal(Exception):
    def __init__(self, code):
        super().__init__(code)
        self.code = code


async def book(cfg, req, after_check=None):
    """Books the room unless somebody has it; or raises Refusal TAKEN or RETRIES_EXHAUSTED."""
    raise NotImplementedError("not implemented")


async def close():
    """Ends every connection. A later booking starts afresh."""
    raise NotImplementedError("not implemented")

import asyncio

import asyncpg


async def start_consumer(cfg, from_id, on_event):
    """
    Awaits on_event({"id": ..., "payload": ...}) for every event after from_id, in order and one at a time, until stopped.
    Returns {"stop": stop} with an async function stop, or an object that has one.
    """
    raise NotImplementedError

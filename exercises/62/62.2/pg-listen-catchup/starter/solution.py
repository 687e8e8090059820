import asyncio

import asyncpg


async def start_consumer(cfg, from_id, on_event):
    """Awaits on_event({"id": ..., "payload": ...}) for every event after from_id, in order and one at a time, until stopped."""

    async def stop():
        """When it is over, no callback runs, none will, and no connection is left."""
        raise NotImplementedError("not implemented")

    return {"stop": stop}

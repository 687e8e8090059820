import redis.asyncio as redis

# A blocking read holds up everything else on its connection, so a worker wants a client of its own.


async def start_worker(cfg, options, handler):
    """Returns {'stop': stop} with an async function stop, or an object that has one."""
    raise NotImplementedError

import asyncio

import redis.asyncio as redis
from redis.exceptions import RedisError, ResponseError

# How long a read may wait for new entries: claiming and stopping have to wait as long.
LONGEST_BLOCK_MS = 100


async def start_worker(cfg, options, handler):
    worker = Worker(cfg, options, handler)
    await worker.start()
    return worker


class Worker:
    def __init__(self, cfg, options, handler):
        c = cfg["redis"]
        # One client per worker: a blocking read holds up everything else on its connection.
        self._client = redis.Redis(
            host=c["host"],
            port=c["port"],
            username=c["username"],
            password=c["password"],
            decode_responses=True,
        )
        self._stream = c["prefix"] + options["stream"]
        self._dlq = c["prefix"] + options["dlq"]
        self._group = options["group"]
        self._consumer = options["consumer"]
        self._idle_ms = options["idleMs"]
        self._max_deliveries = options["maxDeliveries"]
        self._handler = handler
        self._cursor = "0-0"
        self._stopped = False

    async def start(self):
        try:
            # From '0': what was in the stream before the group is work as well.
            await self._client.xgroup_create(self._stream, self._group, id="0", mkstream=True)
        except ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):
                raise
        self._working = asyncio.create_task(self._work())

    async def stop(self):
        self._stopped = True
        await self._working

    async def _work(self):
        while not self._stopped:
            try:
                await self._turn()
            except RedisError:
                # An entry whose turn was cut short is pending, so the next turn may forget about it.
                await asyncio.sleep(0.05)

    async def _turn(self):
        abandoned = await self._claim_abandoned()
        if abandoned:
            entry_id, fields = abandoned
            return await self._settle(entry_id, fields, await self._deliveries_of(entry_id))
        fresh = await self._read_new()
        if fresh:
            entry_id, fields = fresh
            await self._settle(entry_id, fields, 1)

    async def _claim_abandoned(self):
        """One entry that somebody left behind. References to entries that are no longer there are dropped by the server."""
        self._cursor, entries, _ = await self._client.xautoclaim(
            self._stream, self._group, self._consumer, self._idle_ms, self._cursor, count=1
        )
        return entries[0] if entries else None

    async def _read_new(self):
        """One at a time: whatever waited behind it would be pending in our name, and grow idle."""
        reply = await self._client.xreadgroup(
            self._group,
            self._consumer,
            {self._stream: ">"},
            count=1,
            block=min(LONGEST_BLOCK_MS, self._idle_ms),
        )
        return reply[0][1][0] if reply else None

    async def _deliveries_of(self, entry_id):
        pending = await self._client.xpending_range(self._stream, self._group, entry_id, entry_id, 1)
        return pending[0]["times_delivered"] if pending else 1

    async def _settle(self, entry_id, fields, deliveries):
        if deliveries > self._max_deliveries:
            async with self._client.pipeline(transaction=True) as p:
                p.xadd(self._dlq, {**fields, "origId": entry_id})
                p.xack(self._stream, self._group, entry_id)
                await p.execute()
            return
        try:
            await self._handler({"id": entry_id, "fields": fields, "deliveries": deliveries})
        except Exception:
            return  # It stays pending, and comes back when it has been idle for long enough.
        await self._client.xack(self._stream, self._group, entry_id)

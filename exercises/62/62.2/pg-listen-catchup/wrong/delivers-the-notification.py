import asyncio
import json

import asyncpg

BATCH_SIZE = 100
RECONNECT_SECONDS = 0.1


async def start_consumer(cfg, from_id, on_event):
    consumer = Consumer(cfg["pg"], from_id, on_event)
    running = asyncio.create_task(consumer.run())

    async def stop():
        consumer.stop()
        await running

    return {"stop": stop}


class Consumer:
    def __init__(self, pg, from_id, on_event):
        self._pg = pg
        self._on_event = on_event
        # The last event that was handled. All that a new connection needs to know.
        self._position = from_id
        self._stopped = asyncio.Event()
        # Something may have happened: a notification, a lost connection, a stop.
        self._bell = asyncio.Event()
        self._told = []

    def stop(self):
        self._stopped.set()
        self._bell.set()

    async def run(self):
        while not self._stopped.is_set():
            try:
                conn = await asyncpg.connect(**self._pg)
                try:
                    await self._follow(conn)
                finally:
                    await conn.close()
            except Exception:
                # A lost connection and a failed handler end in the same way: connect anew, go on after the last handled event.
                await self._stopped_within(RECONNECT_SECONDS)

    async def _follow(self, conn):
        conn.add_termination_listener(self._ring)
        # Before the first read: whatever commits after it rings, whatever committed before it is read.
        await conn.add_listener("events", self._note)
        await self._read_all(conn)
        while not self._stopped.is_set():
            self._bell.clear()
            await self._deliver_told()
            await self._bell.wait()

    async def _read_all(self, conn):
        size = BATCH_SIZE
        while size == BATCH_SIZE and not self._stopped.is_set():
            rows = await conn.fetch(
                "SELECT id, payload FROM events WHERE id > $1 ORDER BY id LIMIT $2", self._position, BATCH_SIZE
            )
            size = len(rows)
            for row in rows:
                if self._stopped.is_set():
                    return
                await self._on_event({"id": row["id"], "payload": row["payload"]})
                self._position = row["id"]

    async def _deliver_told(self):
        while self._told:
            event = self._told.pop(0)
            if self._stopped.is_set() or event["id"] <= self._position:
                continue
            await self._on_event(event)
            self._position = event["id"]

    def _note(self, conn, pid, channel, payload):
        self._told.append(json.loads(payload))
        self._ring()

    def _ring(self, *_):
        self._bell.set()

    async def _stopped_within(self, seconds):
        try:
            await asyncio.wait_for(self._stopped.wait(), seconds)
        except TimeoutError:
            pass

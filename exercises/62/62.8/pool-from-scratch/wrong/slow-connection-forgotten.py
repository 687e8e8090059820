import asyncio
from collections import deque

import asyncpg


class Refusal(Exception):
    def __init__(self, code):
        super().__init__(code)
        self.code = code


async def create_pool(cfg, options):
    return Pool(cfg["pg"], options)


class Db:
    """What a borrower is given."""

    def __init__(self, conn):
        self._conn = conn

    async def query(self, sql, params=()):
        return await self._conn.fetch(sql, *(params or ()))


class Pool:
    def __init__(self, pg, options):
        self._pg = pg
        self._max = options["max"]
        self._acquire_timeout = options["acquireTimeoutMs"] / 1000
        self._idle_timeout = options["idleTimeoutMs"] / 1000
        self._idle = {}  # connection -> the timer that will close it; the one used last comes last
        self._waiters = deque()
        # Connections that exist or are being opened: counted before the first await, or a crowd would open too many.
        self._open = 0
        self._opening = 0
        self._closed = False
        self._drained = asyncio.Event()
        self._tasks = set()

    async def use(self, work):
        conn = await self._acquire()
        try:
            return await work(Db(conn))
        finally:
            await self._give_back(conn)

    async def close(self):
        """Waits for borrowers."""
        self._closed = True
        while self._waiters:
            self._refuse(self._waiters[0], Refusal("POOL_CLOSED"))
        for conn in list(self._idle):
            self._expire(conn)
        if self._open > 0:
            await self._drained.wait()

    async def _acquire(self):
        if self._closed:
            raise Refusal("POOL_CLOSED")
        loop = asyncio.get_running_loop()
        waiter = loop.create_future()
        timer = loop.call_later(self._acquire_timeout, self._refuse, waiter, Refusal("POOL_TIMEOUT"))
        self._waiters.append(waiter)
        self._serve()
        try:
            return await waiter
        finally:
            timer.cancel()

    def _refuse(self, waiter, error):
        if not waiter.done():
            self._waiters.remove(waiter)
            waiter.set_exception(error)

    def _serve(self):
        """Whenever something changed. Nobody else hands connections out or opens them, so the order is kept."""
        while self._waiters and self._idle:
            conn, timer = self._idle.popitem()
            timer.cancel()
            self._waiters.popleft().set_result(conn)
        # Opened for the pool, not for a waiter: whoever is first when it is ready gets it, and nobody need be left.
        while len(self._waiters) > self._opening and self._open < self._max:
            self._open += 1
            self._opening += 1
            self._in_background(self._open_one())

    async def _open_one(self):
        try:
            conn = await asyncpg.connect(**self._pg)
        except Exception as error:
            self._opening -= 1
            if self._waiters:
                self._refuse(self._waiters[0], error)
            self._gone()
        else:
            self._opening -= 1
            conn.add_termination_listener(self._lost)
            if self._waiters:
                self._shelve(conn)

    def _lost(self, conn):
        """The server ended it, or we did. One that is on the shelf leaves at once; one in use when its borrower is done."""
        if conn in self._idle:
            self._expire(conn)

    def _expire(self, conn):
        self._idle.pop(conn).cancel()
        self._in_background(self._drop(conn))

    async def _give_back(self, conn):
        try:
            if conn.is_in_transaction():
                await conn.execute("ROLLBACK")
            # Not DISCARD ALL: it would also drop the prepared statements that asyncpg believes to be there.
            await conn.reset()
            await conn.execute("DISCARD TEMP")
        except Exception:
            conn.terminate()
        self._shelve(conn)

    def _shelve(self, conn):
        if conn.is_closed() or self._closed:
            self._in_background(self._drop(conn))
            return
        self._idle[conn] = asyncio.get_running_loop().call_later(self._idle_timeout, self._expire, conn)
        self._serve()

    async def _drop(self, conn):
        try:
            await conn.close(timeout=1)
        except Exception:
            conn.terminate()
        self._gone()

    def _gone(self):
        self._open -= 1
        if self._closed and self._open == 0:
            self._drained.set()
        self._serve()

    def _in_background(self, coroutine):
        # The loop itself keeps only weak references to its tasks.
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

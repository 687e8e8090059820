import asyncio
from collections import deque

import asyncpg


class Refusal(Exception):
    def __init__(self, code):
        super().__init__(code)
        self.code = code


async def create_gate(cfg, limits):
    pool = await asyncpg.create_pool(**cfg["pg"], min_size=0, max_size=limits["total"])
    return Gate(pool, limits)


class Db:
    """What a work is given."""

    def __init__(self, conn):
        self._conn = conn

    async def query(self, sql, params=()):
        return await self._conn.fetch(sql, *(params or ()))


class Tenant:
    def __init__(self):
        self.running = 0
        self.waiters = deque()


class Gate:
    def __init__(self, pool, limits):
        self._pool = pool
        self._total = limits["total"]
        self._per_tenant = limits["perTenant"]
        self._max_queue = limits["maxQueue"]
        self._wait_seconds = limits["waitMs"] / 1000
        # Those who run or wait. Nobody else is kept, because there are many.
        self._tenants = {}
        # Tenants that wait, whose turn is next first. A dict keeps the order and finds a name at once.
        self._turns = {}
        self._running = 0
        self._closed = False
        self._emptied = asyncio.Event()

    async def run(self, tenant, work):
        await self._enter(tenant)
        async with self._pool.acquire() as conn:
            result = await work(Db(conn))
        self._leave(tenant)
        return result

    async def close(self):
        self._closed = True
        for name, tenant in list(self._tenants.items()):
            for waiter in list(tenant.waiters):
                self._refuse(name, waiter, "GATE_CLOSED")
        if self._running > 0:
            await self._emptied.wait()
        await self._pool.close()

    async def _enter(self, name):
        """Everybody queues, if only for a moment: so nobody who comes now can overtake one who waits."""
        if self._closed:
            raise Refusal("GATE_CLOSED")
        tenant = self._tenants.get(name) or Tenant()
        may_run = self._running < self._total and tenant.running < self._per_tenant
        if not may_run and len(tenant.waiters) >= self._max_queue:
            raise Refusal("QUEUE_FULL")
        self._tenants[name] = tenant
        loop = asyncio.get_running_loop()
        waiter = loop.create_future()
        timer = loop.call_later(self._wait_seconds, self._refuse, name, waiter, "WAIT_TIMEOUT")
        tenant.waiters.append(waiter)
        self._turns.setdefault(name)
        self._admit()
        try:
            await waiter
        finally:
            timer.cancel()

    def _refuse(self, name, waiter, code):
        if not waiter.done():
            self._tenants[name].waiters.remove(waiter)
            self._forget(name)
            waiter.set_exception(Refusal(code))

    def _admit(self):
        """As long as there is room: the first tenant in turn that has not its share yet. Then it goes to the end."""
        while self._running < self._total:
            name = next((each for each in self._turns if self._tenants[each].running < self._per_tenant), None)
            if name is None:
                return
            tenant = self._tenants[name]
            del self._turns[name]
            waiter = tenant.waiters.popleft()
            if tenant.waiters:
                self._turns[name] = None
            tenant.running += 1
            self._running += 1
            waiter.set_result(None)

    def _leave(self, name):
        self._tenants[name].running -= 1
        self._running -= 1
        self._forget(name)
        self._admit()
        if self._running == 0:
            self._emptied.set()

    def _forget(self, name):
        tenant = self._tenants[name]
        if not tenant.waiters:
            self._turns.pop(name, None)
            if tenant.running == 0:
                del self._tenants[name]

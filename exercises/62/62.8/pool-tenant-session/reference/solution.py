import asyncio

import asyncpg

MAX_CONNECTIONS = 3

_pool = None
_pool_lock = asyncio.Lock()


class Aborted(Exception):
    code = "ABORTED"


class Db:
    """What the work of a tenant is given."""

    def __init__(self, conn):
        self._conn = conn

    async def query(self, sql, params=()):
        return await self._conn.fetch(sql, *(params or ()))


async def with_tenant(cfg, tenant, work):
    pool = await _connections(cfg)
    async with pool.acquire() as conn, conn.transaction():
        # Local to the transaction, so that its end takes the setting back, whichever end it is. SET takes no parameters.
        await conn.execute("SELECT set_config('app.tenant', $1, true)", tenant)
        result = await work(Db(conn))
        await _check_sound(conn)
        return result


async def raw_count(cfg):
    pool = await _connections(cfg)
    return await pool.fetchval("SELECT count(*) FROM docs")


async def close():
    global _pool
    closing, _pool = _pool, None
    if closing is not None:
        await closing.close()


async def _check_sound(conn):
    """COMMIT of a transaction that the work has broken rolls back without an error; any other statement says so."""
    try:
        await conn.execute("SELECT")
    except asyncpg.InFailedSQLTransactionError as error:
        raise Aborted("ABORTED") from error


async def _connections(cfg):
    global _pool
    # The lock keeps the first callers from opening a pool each.
    async with _pool_lock:
        if _pool is None:
            _pool = await asyncpg.create_pool(**cfg["pg"], min_size=0, max_size=MAX_CONNECTIONS)
        return _pool

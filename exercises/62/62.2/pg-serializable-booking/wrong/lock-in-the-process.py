import asyncio
import random
from collections import defaultdict

import asyncpg

MAX_ATTEMPTS = 5
MAX_CONNECTIONS = 8

_pool = None
_pool_lock = asyncio.Lock()
_room_locks = defaultdict(asyncio.Lock)


class Refusal(Exception):
    def __init__(self, code):
        super().__init__(code)
        self.code = code


async def book(cfg, req, after_check=None):
    # One at a time for each room, so that nobody can come between looking and inserting.
    async with _room_locks[req["room"]]:
        return await _book_in_turn(cfg, req, after_check)


async def _book_in_turn(cfg, req, after_check):
    pool = await _connections(cfg)
    for attempt in range(1, MAX_ATTEMPTS + 1):
        # Random, so that the two who collided do not collide again; longer each time, so that a crowd thins out.
        if attempt > 1:
            await asyncio.sleep(random.uniform(0, 0.003 * 2**attempt))
        try:
            # COMMIT runs as the inner block ends, so it fails inside this try, where a lost race may show only then.
            async with pool.acquire() as conn, conn.transaction():
                taken = await _is_taken(conn, req)
                if after_check is not None:
                    await after_check(attempt)
                if taken:
                    raise Refusal("TAKEN")
                booking_id = await _insert(conn, req)
            return {"id": booking_id, "attempts": attempt}
        except (asyncpg.SerializationError, asyncpg.DeadlockDetectedError):
            continue
    raise Refusal("RETRIES_EXHAUSTED")


async def close():
    global _pool
    closing, _pool = _pool, None
    if closing is not None:
        await closing.close()


async def _is_taken(conn, req):
    # Intervals are half open: one that ends at ten and one that starts at ten do not meet.
    return await conn.fetchval(
        "SELECT EXISTS (SELECT FROM bookings WHERE room = $1 AND starts < $3 AND ends > $2)",
        req["room"],
        req["from"],
        req["to"],
    )


async def _insert(conn, req):
    return await conn.fetchval(
        "INSERT INTO bookings (room, starts, ends, who) VALUES ($1, $2, $3, $4) RETURNING id",
        req["room"],
        req["from"],
        req["to"],
        req["who"],
    )


async def _connections(cfg):
    global _pool
    # The lock keeps the first callers from opening a pool each.
    async with _pool_lock:
        if _pool is None:
            _pool = await asyncpg.create_pool(**cfg["pg"], min_size=0, max_size=MAX_CONNECTIONS)
        return _pool

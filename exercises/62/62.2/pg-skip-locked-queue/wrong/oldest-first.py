import asyncio
import json

import asyncpg

MAX_CONNECTIONS = 8

_pool = None
_pool_lock = asyncio.Lock()

# One statement, so nothing can happen between choosing and taking. SKIP LOCKED passes by what another claim is taking at
# this moment. All times are the server's: workers' clocks differ, and a lease is a promise between them.
CLAIM = """
    WITH buried AS (
        UPDATE jobs SET state = 'dead'
        WHERE id IN (
            SELECT id FROM jobs
            WHERE state = 'running' AND lease_until < now() AND attempts >= max_attempts
            FOR UPDATE SKIP LOCKED
        )
    ),
    chosen AS (
        SELECT id FROM jobs
        WHERE (state = 'ready' AND run_at <= now() OR state = 'running' AND lease_until < now())
          AND attempts < max_attempts
        ORDER BY id
        LIMIT $2
        FOR UPDATE SKIP LOCKED
    ),
    taken AS (
        UPDATE jobs
        SET state = 'running', worker = $1, token = gen_random_uuid(), attempts = attempts + 1,
            lease_until = now() + $3 * interval '1 millisecond'
        FROM chosen WHERE jobs.id = chosen.id
        RETURNING jobs.*
    )
    -- RETURNING promises no order.
    SELECT id, token, payload, attempts FROM taken ORDER BY priority DESC, id
"""

# The token of a lease that is still good, and nothing else, is the right to change a job.
LEASED = "id = $1 AND token = $2 AND state = 'running' AND lease_until >= now()"


async def claim(cfg, worker, n, lease_ms):
    pool = await _connections(cfg)
    return [
        {"id": row["id"], "token": str(row["token"]), "payload": row["payload"], "attempt": row["attempts"]}
        for row in await pool.fetch(CLAIM, worker, n, lease_ms)
    ]


async def complete(cfg, job_id, token):
    pool = await _connections(cfg)
    status = await pool.execute(
        f"UPDATE jobs SET state = 'done', lease_until = NULL WHERE {LEASED}", job_id, token
    )
    return status == "UPDATE 1"


async def extend(cfg, job_id, token, ms):
    pool = await _connections(cfg)
    status = await pool.execute(
        f"UPDATE jobs SET lease_until = now() + $3 * interval '1 millisecond' WHERE {LEASED}", job_id, token, ms
    )
    return status == "UPDATE 1"


async def close():
    global _pool
    closing, _pool = _pool, None
    if closing is not None:
        await closing.close()


async def _connections(cfg):
    global _pool
    # The lock keeps the first callers from opening a pool each.
    async with _pool_lock:
        if _pool is None:
            _pool = await asyncpg.create_pool(
                **cfg["pg"], min_size=0, max_size=MAX_CONNECTIONS, init=_read_json
            )
        return _pool


async def _read_json(conn):
    """asyncpg hands jsonb over as text until it is told how to read it."""
    await conn.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")

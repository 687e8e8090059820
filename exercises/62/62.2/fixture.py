"""What the code of this section presupposes."""

import asyncio
import os
import time
from datetime import datetime

import asyncpg


async def _connect():
    return await asyncpg.connect(os.environ["DATABASE_URL"])


async def _with_connection(run):
    await run(conn=await _connect())


c01 = c02 = c04 = c10 = c13 = _with_connection


async def c06(run):
    conn = await _connect()
    await conn.execute("CREATE TEMP TABLE u (id int PRIMARY KEY); INSERT INTO u VALUES (1)")
    await run(conn=conn)


c07 = c06


async def c08(run):
    conn = await _connect()
    await conn.execute("CREATE TEMP TABLE u (id int PRIMARY KEY)")
    await run(conn=conn)


async def c15(run):
    os.environ["TZ"] = "America/New_York"
    time.tzset()
    await run(conn=await _connect())


async def c17(run):
    listener, other = await _connect(), await _connect()
    heard, over = [], asyncio.Event()

    def hear(_connection, _pid, _channel, payload):
        if payload == "over":
            over.set()
        else:
            heard.append(payload)

    await listener.add_listener("ch", hear)
    await other.execute(run.code)
    await other.execute("NOTIFY ch, 'over'")
    await over.wait()
    print(len(heard))


async def c19(run):
    a, b = await _connect(), await _connect()
    await a.execute("CREATE TABLE jobs (id int PRIMARY KEY); INSERT INTO jobs VALUES (1), (2), (3)")
    await run(a=a, b=b)

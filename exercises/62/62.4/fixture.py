"""What the code of this section presupposes."""

import asyncio
import os
import time

from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import AsyncMongoClient

url = os.environ["MONGODB_URL"]


async def _collection(*documents):
    coll = AsyncMongoClient(url).shop.coll
    if documents:
        await coll.insert_many(documents)
    return coll


async def c03(run):
    run(coll=await _collection())


async def c04(run):
    await run(coll=await _collection({"n": 1}))


async def c05(run):
    pymongo, motor = await _collection(), AsyncIOMotorClient(url).shop.coll
    # Connected, so that the card's half second is for the insert alone.
    await motor.find_one({})
    await run(pymongo=pymongo, motor=motor)


async def _with_three_hundred(run):
    await run(coll=await _collection(*({"_id": n, "user": f"u{n}"} for n in range(300))))


c08 = c17 = _with_three_hundred


async def c15(run):
    await run(coll=await _collection({"_id": "f", "fence": 0}))


async def c16(run):
    scores = [(1, 9), (2, 7), (3, 7), (4, 7), (5, 5)]
    await run(coll=await _collection(*({"_id": id, "score": score} for id, score in scores)))


async def c18(run):
    await run(coll=await _collection({"_id": 1, "user": "ann"}))

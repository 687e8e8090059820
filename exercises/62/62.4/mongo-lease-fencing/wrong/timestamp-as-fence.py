import time
import uuid
from contextlib import suppress
from datetime import datetime, timezone

from pymongo import AsyncMongoClient, ReturnDocument
from pymongo.errors import DuplicateKeyError

# What is older than every clock: a lease until then is over.
LONG_AGO = datetime(1970, 1, 1, tzinfo=timezone.utc)

_client = None


class LeaseError(Exception):
    def __init__(self, code):
        super().__init__(code)
        self.code = code


def database_of(cfg):
    global _client
    if _client is None:
        _client = AsyncMongoClient(cfg["mongo"]["url"])
    return _client[cfg["mongo"]["db"]]


async def acquire(cfg, name, owner, ms):
    check(is_text(name), is_text(owner), is_count(ms))
    leases = database_of(cfg).leases
    token = str(uuid.uuid4())
    # Where there is no document yet, one whose lease is over. Of several first callers one makes it, and all compete for it.
    never = {"owner": None, "token": None, "fence": 0, "until": LONG_AGO}
    with suppress(DuplicateKeyError):
        await leases.update_one({"_id": name}, {"$setOnInsert": never}, upsert=True)
    taken = {
        "_id": "$_id",
        "owner": {"$literal": owner},
        "token": token,
        "fence": int(time.time() * 1000),
        "until": {"$add": ["$$NOW", ms]},
    }
    # One command asks whether the lease is over and takes it, both by the server's clock. A lease that runs stays as it is.
    change = [{"$replaceWith": {"$cond": [{"$lte": ["$until", "$$NOW"]}, taken, "$$ROOT"]}}]
    lease = await leases.find_one_and_update({"_id": name}, change, return_document=ReturnDocument.AFTER)
    return {"fence": lease["fence"], "token": token} if lease["token"] == token else None


async def renew(cfg, name, token, ms):
    check(is_text(name), is_text(token), is_count(ms))
    result = await database_of(cfg).leases.update_one(
        running(name, token), [{"$set": {"until": {"$add": ["$$NOW", ms]}}}]
    )
    return result.matched_count == 1


async def release(cfg, name, token):
    """The document stays, because it remembers the last fence."""
    check(is_text(name), is_text(token))
    result = await database_of(cfg).leases.update_one(
        running(name, token), {"$set": {"owner": None, "token": None, "until": LONG_AGO}}
    )
    return result.matched_count == 1


def running(name, token):
    return {"_id": name, "token": token, "$expr": {"$gt": ["$until", "$$NOW"]}}


async def fenced_write(cfg, id, fence, value):
    check(is_text(id), is_count(fence), is_text(value))
    resources = database_of(cfg).resources

    async def write(upsert):
        return await resources.update_one(
            {"_id": id, "fence": {"$lte": fence}}, {"$set": {"fence": fence, "value": value}}, upsert=upsert
        )

    with suppress(DuplicateKeyError):
        await write(upsert=True)
        return True
    # The document exists. Its fence is larger, or it was inserted a moment ago by somebody else: the filter knows which.
    return (await write(upsert=False)).matched_count == 1


def is_text(value):
    return isinstance(value, str)


def is_count(value):
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def check(*sound):
    """Types are checked before a filter is built: a dict in place of a string would be an operator."""
    if not all(sound):
        raise LeaseError("BAD_REQUEST")


async def close():
    global _client
    if _client is not None:
        client, _client = _client, None
        await client.close()

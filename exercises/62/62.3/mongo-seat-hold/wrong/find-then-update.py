import threading
from datetime import datetime, timedelta, timezone

from pymongo import MongoClient

_client = None
_lock = threading.Lock()


class HoldError(Exception):
    def __init__(self, code):
        super().__init__(code)
        self.code = code


def shows_of(cfg):
    global _client
    with _lock:
        if _client is None:
            _client = MongoClient(cfg["mongo"]["url"], tz_aware=True)
        return _client[cfg["mongo"]["db"]].shows


def hold(cfg, q):
    check(q)
    show_id, seats, holder, request_id = q["showId"], q["seats"], q["holder"], q["requestId"]
    shows = shows_of(cfg)
    now = datetime.now(timezone.utc)
    until = to_milliseconds(now + timedelta(milliseconds=q["ms"]))

    # First see whether every seat is free.
    free = [
        {
            "seats": {
                "$elemMatch": {
                    "n": n,
                    "sold": {"$ne": True},
                    "$or": [{"until": None}, {"until": {"$lte": now}}, {"holder": holder}],
                }
            }
        }
        for n in seats
    ]
    if shows.find_one({"_id": show_id, "requests.id": {"$ne": request_id}, "$and": free}) is None:
        return explain(shows, show_id, request_id)
    shows.update_one(
        {"_id": show_id},
        {
            "$set": {"seats.$[seat].holder": holder, "seats.$[seat].until": until},
            "$push": {"requests": {"id": request_id, "until": until}},
        },
        array_filters=[{"seat.n": {"$in": seats}}],
    )
    return {"until": until, "replayed": False}


def explain(shows, show_id, request_id):
    # Nothing was written. Why not is a question for afterwards, and the answer may be that this request was served before.
    show = shows.find_one({"_id": show_id}, {"requests": 1})
    if show is None:
        raise HoldError("NO_SHOW")
    for served in show["requests"]:
        if served["id"] == request_id:
            return {"until": served["until"], "replayed": True}
    raise HoldError("TAKEN")


def check(q):
    """Types are checked before a filter is built: a dict in place of a string would be an operator."""
    seats, ms = q.get("seats"), q.get("ms")
    strings = [q.get("showId"), q.get("holder"), q.get("requestId")]
    strings += seats if isinstance(seats, list) else [None]
    sound = (
        all(isinstance(value, str) for value in strings)
        and len(seats) > 0
        and len(set(seats)) == len(seats)
        and isinstance(ms, int)
        and not isinstance(ms, bool)
        and ms > 0
    )
    if not sound:
        raise HoldError("BAD_REQUEST")


def to_milliseconds(instant):
    """BSON dates have milliseconds; what is returned must equal what is stored."""
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


def close():
    global _client
    with _lock:
        if _client is not None:
            _client.close()
            _client = None

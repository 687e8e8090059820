import base64
import hashlib
import hmac
import json

from pymongo import AsyncMongoClient

_client = None


class FeedError(Exception):
    def __init__(self, code):
        super().__init__(code)
        self.code = code


def posts_of(cfg):
    global _client
    if _client is None:
        _client = AsyncMongoClient(cfg["mongo"]["url"])
    return _client[cfg["mongo"]["db"]].posts


async def page(cfg, q):
    check(q)
    tenant, limit, secret = q["tenant"], q["limit"], q["secret"]
    where = {"tenant": tenant}
    if q.get("cursor") is not None:
        where["$or"] = behind(place_of(q["cursor"], tenant, secret))
    # One more than asked for tells whether there is a next page.
    order = [("score", -1), ("_id", 1)]
    found = await posts_of(cfg).find(where, {"title": 1, "score": 1}).sort(order).limit(limit + 1).to_list()
    items = [{"id": post["_id"], "title": post["title"], "score": post["score"]} for post in found[:limit]]
    return {"items": items, "next": cursor_of(items[-1], tenant, secret) if len(found) > limit else None}


def behind(place):
    """The whole order of the list again: a lower score, or the same one and a larger id."""
    score, id = place
    return [{"score": {"$lt": score}}, {"score": score, "_id": {"$gt": id}}]


def cursor_of(item, tenant, secret):
    text = json.dumps([item["score"], item["id"]])
    place = base64.urlsafe_b64encode(text.encode()).decode()
    return f"{place}.{signature_of(place, tenant, secret)}"


def place_of(cursor, tenant, secret):
    place, _, signature = cursor.partition(".")
    if not hmac.compare_digest(signature.encode(), signature_of(place, tenant, secret).encode()):
        raise FeedError("BAD_CURSOR")
    # Only now may it be read: it is what this program has written.
    return json.loads(base64.urlsafe_b64decode(place))


def signature_of(place, tenant, secret):
    return hmac.new(secret.encode(), place.encode(), hashlib.sha256).hexdigest()


def check(q):
    limit = q.get("limit")
    sound = (
        isinstance(q.get("tenant"), str)
        and isinstance(q.get("secret"), str)
        and isinstance(q.get("cursor"), str | None)
        and isinstance(limit, int)
        and not isinstance(limit, bool)
        and 1 <= limit <= 100
    )
    if not sound:
        raise FeedError("BAD_REQUEST")


async def close():
    global _client
    if _client is not None:
        client, _client = _client, None
        await client.close()

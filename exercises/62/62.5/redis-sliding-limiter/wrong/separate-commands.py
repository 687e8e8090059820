import threading
import uuid

import redis

# A sorted set per id: one member for each allowed call, its score the time in microseconds (exact in a double until 2255).
# The member has to be unique, because two calls of the same moment are two.

_client = None
_lock = threading.Lock()


def connect(cfg):
    """One client for all threads: it takes a connection from its pool for each command."""
    global _client
    with _lock:
        if _client is None:
            c = cfg["redis"]
            _client = redis.Redis(
                host=c["host"],
                port=c["port"],
                username=c["username"],
                password=c["password"],
                decode_responses=True,
            )
        return _client


def allow(cfg, id, limit, window_ms):
    calls = f"{cfg['redis']['prefix']}calls:{id}"
    client = connect(cfg)
    seconds, microseconds = client.time()
    now = seconds * 1_000_000 + microseconds
    window = window_ms * 1000
    count = client.zcount(calls, f"({now - window}", "+inf")
    if count < limit:
        with client.pipeline() as p:
            p.zremrangebyscore(calls, "-inf", now - window)
            p.zadd(calls, {str(uuid.uuid4()): now})
            p.pexpire(calls, window_ms)
            p.execute()
        return {"allowed": True, "remaining": limit - count - 1, "retryAfterMs": 0}
    [(_, oldest)] = client.zrangebyscore(calls, f"({now - window}", "+inf", start=0, num=1, withscores=True)
    return {"allowed": False, "remaining": 0, "retryAfterMs": -int(-(oldest + window - now) // 1000)}


def close():
    global _client
    with _lock:
        if _client is not None:
            _client.close()
            _client = None

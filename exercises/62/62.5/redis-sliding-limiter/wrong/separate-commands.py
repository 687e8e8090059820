import threading
import uuid

import redis

# A sorted set per id: one member for each allowed call, its score the time in microseconds (exact in a double until 2255).
# The member has to be unique, because two calls of the same moment are two.
DECIDE = """
  local time = redis.call('TIME')
  local now = time[1] * 1000000 + time[2]
  local limit, window = tonumber(ARGV[1]), ARGV[2] * 1000
  redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - window)
  local count = redis.call('ZCARD', KEYS[1])
  if count < limit then
    redis.call('ZADD', KEYS[1], now, ARGV[3])
    redis.call('PEXPIRE', KEYS[1], ARGV[2])
    return {1, limit - count - 1, 0}
  end
  local oldest = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2]
  return {0, 0, math.ceil((oldest + window - now) / 1000)}"""

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
    client.zremrangebyscore(calls, "-inf", now - window)
    count = client.zcard(calls)
    if count < limit:
        with client.pipeline() as p:
            p.zadd(calls, {str(uuid.uuid4()): now})
            p.pexpire(calls, window_ms)
            p.execute()
        return {"allowed": True, "remaining": limit - count - 1, "retryAfterMs": 0}
    [(_, oldest)] = client.zrange(calls, 0, 0, withscores=True)
    return {"allowed": False, "remaining": 0, "retryAfterMs": -int(-(oldest + window - now) // 1000)}


def close():
    global _client
    with _lock:
        if _client is not None:
            _client.close()
            _client = None

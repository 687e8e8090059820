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
    decide = connect(cfg).register_script(DECIDE)
    allowed, remaining, retry_after_ms = decide(keys=[calls], args=[limit, window_ms, str(uuid.uuid4())])
    return {"allowed": allowed == 1, "remaining": remaining, "retryAfterMs": retry_after_ms}


def close():
    global _client
    with _lock:
        if _client is not None:
            _client.close()
            _client = None

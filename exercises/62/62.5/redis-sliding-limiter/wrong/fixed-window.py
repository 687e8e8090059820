import threading
import uuid

import redis

DECIDE = """
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  local limit, window = tonumber(ARGV[1]), tonumber(ARGV[2])
  local key = KEYS[1] .. ':' .. math.floor(now / window)
  local count = tonumber(redis.call('GET', key) or '0')
  if count < limit then
    redis.call('INCR', key)
    redis.call('PEXPIRE', key, window)
    return {1, limit - count - 1, 0}
  end
  return {0, 0, window - now % window}"""

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

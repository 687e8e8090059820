import threading

import redis

# Nothing runs between two lines of a script, but there is no rollback either: every check comes before the first write.
TAKE_LINES = """
  if redis.call('EXISTS', KEYS[2]) == 1 then return {'REPLAYED'} end
  for i = 1, #ARGV, 2 do
    local left = redis.call('HGET', KEYS[1], ARGV[i])
    if not left then return {'UNKNOWN', ARGV[i]} end
    if tonumber(left) < tonumber(ARGV[i + 1]) then return {'SHORT', ARGV[i]} end
    redis.call('HINCRBY', KEYS[1], ARGV[i], -ARGV[i + 1])
    redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1])
  end
  return {'RESERVED'}"""

GIVE_BACK = """
  local lines = redis.call('HGETALL', KEYS[2])
  for i = 1, #lines, 2 do redis.call('HINCRBY', KEYS[1], lines[i], lines[i + 1]) end
  return redis.call('DEL', KEYS[2])"""

_client = None
_lock = threading.Lock()


class OrderError(Exception):
    def __init__(self, code, sku=None):
        super().__init__(code)
        self.code = code
        self.data = {"sku": sku}


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


def run(cfg, script, order_id, *args):
    """Sends EVALSHA; register_script loads the script again when the server does not know it (any more)."""
    prefix = cfg["redis"]["prefix"]
    return connect(cfg).register_script(script)(keys=[f"{prefix}stock", f"{prefix}order:{order_id}"], args=args)


def reserve(cfg, order_id, lines):
    if not lines:
        raise OrderError("BAD_QTY")
    for sku, quantity in lines.items():
        # True is an int in Python, and no quantity.
        if not isinstance(quantity, int) or isinstance(quantity, bool) or quantity < 1:
            raise OrderError("BAD_QTY", sku)

    outcome, *sku = run(cfg, TAKE_LINES, order_id, *(part for line in lines.items() for part in line))
    if outcome in ("UNKNOWN", "SHORT"):
        raise OrderError(outcome, *sku)
    return {"replayed": outcome == "REPLAYED"}


def release(cfg, order_id):
    return run(cfg, GIVE_BACK, order_id) == 1


def close():
    global _client
    with _lock:
        if _client is not None:
            _client.close()
            _client = None

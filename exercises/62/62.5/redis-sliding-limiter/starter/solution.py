import redis

# Open one client on the first call and keep it: later calls and close() need the same one.
# The functions are called from many threads at once.


def allow(cfg, id, limit, window_ms):
    """Returns {'allowed': bool, 'remaining': int, 'retryAfterMs': int}."""
    raise NotImplementedError


def close():
    raise NotImplementedError

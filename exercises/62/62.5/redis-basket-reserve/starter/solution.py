import redis

# The stock is the hash cfg["redis"]["prefix"] + "stock". Open one client on the first call and keep it for later calls.
# The functions are called from many threads at once.


def reserve(cfg, order_id, lines):
    """lines: {sku: quantity}. Returns {'replayed': bool}."""
    raise NotImplementedError


def release(cfg, order_id):
    """True when the order was reserved and has been given back by this call."""
    raise NotImplementedError


def close():
    raise NotImplementedError

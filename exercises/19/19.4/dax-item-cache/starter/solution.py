import boto3
import redis

# Make one client of each kind on the first call and keep them for later calls; close() gives them back.
# The functions are called from many threads at once.


def get_item(cfg, request):
    """request has table, key, ttlMs, and perhaps consistent and project. Returns a dict or None."""
    raise NotImplementedError


def put_item(cfg, request):
    """request has table, keys, item, ttlMs, and perhaps condition and values."""
    raise NotImplementedError


def add_to(cfg, request):
    """request has table, key, attr, delta and ttlMs. Returns the whole new item."""
    raise NotImplementedError


def delete_item(cfg, request):
    """request has table, key and ttlMs."""
    raise NotImplementedError


def close():
    raise NotImplementedError

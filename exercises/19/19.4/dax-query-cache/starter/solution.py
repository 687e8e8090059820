import boto3
import redis

# Make one client of each kind on the first call and keep them for later calls; close() gives them back.
# The functions are called from many threads at once.


def query(cfg, params, options):
    """Returns {'Items': [...], 'LastEvaluatedKey': dict or None}. options is {'ttlMs': …}."""
    raise NotImplementedError


def get_item(cfg, table, key, options):
    """Returns a dict or None."""
    raise NotImplementedError


def put_item(cfg, table, keys, item, options):
    """keys names the key attributes within item."""
    raise NotImplementedError


def close():
    raise NotImplementedError

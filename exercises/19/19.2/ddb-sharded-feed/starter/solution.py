import boto3

# Make one client on the first call and keep it for later calls; close() gives it back.
# append() and latest() are called from many threads at once.


def append(cfg, options, event):
    """options has shards; event has id, at and body."""
    raise NotImplementedError


def latest(cfg, options, query):
    """query has limit and, after the first page, cursor. Returns {'items': [event, ...], 'next': str or None}."""
    raise NotImplementedError


def close():
    raise NotImplementedError

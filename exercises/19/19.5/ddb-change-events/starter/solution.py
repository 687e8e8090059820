import boto3

# The streams have a client of their own: boto3.client("dynamodbstreams", ...).


def to_event(record):
    """Returns {'type', 'key'} with 'after', with 'set' and 'removed', or with 'before'; None if nothing differs."""
    raise NotImplementedError


def drain(cfg, table, position=None):
    """Returns {'events': [...], 'position': {...}}; a position is plain JSON of your own design."""
    raise NotImplementedError


def close():
    raise NotImplementedError

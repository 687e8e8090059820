import boto3

# Make one client on the first call and keep it for later calls; close() gives it back.
# The functions are called from many threads at once. now() gives milliseconds since 1970.


def create(cfg, session, now):
    """session has user, id, data, ttlSeconds. True if it was created."""
    raise NotImplementedError


def get(cfg, user, id, now):
    """Returns {'data': str, 'expiresAt': a datetime with a time zone}, or None."""
    raise NotImplementedError


def renew(cfg, user, id, ttl_seconds, now):
    """True if the session lives on."""
    raise NotImplementedError


def list_ids(cfg, user, page, now):
    """page has limit and perhaps after. Returns a list of ids."""
    raise NotImplementedError


def drop(cfg, user, id):
    raise NotImplementedError


def close():
    raise NotImplementedError

import boto3

# Make one client on the first call and keep it for later calls; close() gives it back.


def sweep(cfg, options, env):
    """options has table, archive, segments; env has the functions now(), in milliseconds since 1970, and beforeDelete(id).
    Both may be called from any thread. Returns {'deleted': int, 'skipped': int}."""
    raise NotImplementedError


def close():
    raise NotImplementedError

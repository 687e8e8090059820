import boto3

# Make one client on the first call and keep it for later calls; close() gives it back.
# list_errors() is called from many threads.


def list_errors(cfg, device, query):
    """query has limit and, after the first page, cursor. Returns {'items': [{'at', 'msg'}], 'next': str or None}."""
    raise NotImplementedError


def close():
    raise NotImplementedError

import boto3

# Make one client on the first call and keep it for later calls; close() gives it back.
# place_order() is called from many threads at once.


def place_order(cfg, order):
    """order has orderId, customerId and lines, a list of {'sku', 'qty'}. Returns {'orderId', 'replayed'}."""
    raise NotImplementedError


def close():
    raise NotImplementedError

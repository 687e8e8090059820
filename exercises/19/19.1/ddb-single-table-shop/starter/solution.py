import boto3

# Make one client on the first call and keep it for later calls; close() gives it back.
# The functions are called from many threads.


def put_customer(cfg, customer):
    """customer has id and name."""
    raise NotImplementedError


def get_customer(cfg, customer_id):
    """Returns {'id', 'name'}, or None."""
    raise NotImplementedError


def add_order(cfg, customer_id, order):
    """order has orderId, placedAt (a datetime in UTC) and lines: [{'sku', 'qty'}]."""
    raise NotImplementedError


def orders_of(cfg, customer_id, query):
    """query has from, to, limit and, after the first page, cursor. Returns {'orders': [{'orderId', 'placedAt'}], 'next': str or None}."""
    raise NotImplementedError


def order_lines(cfg, customer_id, order_id):
    """Returns [{'sku', 'qty'}] in the order in which they were given."""
    raise NotImplementedError


def close():
    raise NotImplementedError

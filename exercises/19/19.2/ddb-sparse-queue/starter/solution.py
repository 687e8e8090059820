import boto3

# Make one client on the first call and keep it for later calls; close() gives it back.
# All functions are called from many threads at once.


def open_ticket(cfg, ticket):
    """ticket has id, queue, priority and at. Returns whether it is new."""
    raise NotImplementedError


def claim_next(cfg, queue, worker):
    """Returns the id of the ticket that the worker now has, or None."""
    raise NotImplementedError


def reopen(cfg, ticket_id, worker):
    """Returns whether the ticket was the worker's and is open again."""
    raise NotImplementedError


def finish(cfg, ticket_id, worker):
    """Returns whether the ticket was the worker's and is done."""
    raise NotImplementedError


def close():
    raise NotImplementedError

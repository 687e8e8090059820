import boto3

# Make one client on the first call and keep it for later calls; close() gives it back.
# create_once() is called from many threads at once.


def create_once(cfg, table, item, options, env):
    """item is in DynamoDB's own JSON: {'id': {'S': 'job-1'}, ...}. options has maxAttempts, baseMs, capMs, deadlineMs;
    env has the functions now(), sleep(ms), random(). Returns {'attempts': n}."""
    raise NotImplementedError


def close():
    raise NotImplementedError

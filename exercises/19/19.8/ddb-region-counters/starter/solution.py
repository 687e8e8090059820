import boto3

# Make one client for each Region on its first call and keep it for later calls; close() gives them back.
# The functions are called from many threads at once.


def add(cfg, region, id, delta):
    raise NotImplementedError


def value(cfg, region, id):
    raise NotImplementedError


def close():
    raise NotImplementedError

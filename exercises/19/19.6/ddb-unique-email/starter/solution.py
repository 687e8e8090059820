import boto3

# Make one client on the first call and keep it for later calls; close() gives it back.
# The functions are called from many threads at once.


def register(cfg, user):
    """user has id and email."""
    raise NotImplementedError


def find_by_email(cfg, email):
    """Returns the user's id, or None."""
    raise NotImplementedError


def change_email(cfg, id, email):
    raise NotImplementedError


def remove_user(cfg, id):
    """Returns whether there was one."""
    raise NotImplementedError


def close():
    raise NotImplementedError

import boto3

# Make one client on the first call and keep it for later calls; close() gives it back.
# The four reads are called from many threads.


def create_input(table_name):
    """Returns the arguments of boto3's create_table as a dict."""
    raise NotImplementedError


def get_message(cfg, table, room, message_id):
    """Returns the whole message as a dict, or None."""
    raise NotImplementedError


def top_of_room(cfg, table, room, count):
    """Returns [{'id', 'likes', 'author'}], most liked first."""
    raise NotImplementedError


def by_author(cfg, table, author, count):
    """Returns [{'room', 'id', 'at', 'subject'}], newest first."""
    raise NotImplementedError


def flagged(cfg, table, flag):
    """Returns [{'room', 'id'}], oldest first."""
    raise NotImplementedError


def close():
    raise NotImplementedError

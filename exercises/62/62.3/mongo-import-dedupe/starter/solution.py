from pymongo import MongoClient

# Open one client on the first call and keep it for later calls; close() gives it back.
# The functions are called from several threads.


def ensure_indexes(cfg):
    raise NotImplementedError


def import_users(cfg, rows):
    """Returns {'inserted': int, 'duplicates': [row numbers], 'invalid': [row numbers]}."""
    raise NotImplementedError


def close():
    raise NotImplementedError

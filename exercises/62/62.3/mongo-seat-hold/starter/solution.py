from pymongo import MongoClient

# Open one client on the first call and keep it for later calls; close() gives it back.
# hold() is called from many threads at once.


def hold(cfg, q):
    """q has showId, seats, holder, ms and requestId. Returns {'until': aware datetime, 'replayed': bool}."""
    raise NotImplementedError


def close():
    raise NotImplementedError

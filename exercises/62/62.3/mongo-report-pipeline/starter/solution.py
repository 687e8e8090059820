from pymongo import MongoClient

# Open one client on the first call and keep it for later calls; close() gives it back.
# monthly_report() is called from several threads at once.


def monthly_report(cfg, q):
    """q has from, to (aware datetimes), timezone and top. Returns a list of {'month', 'total', 'top': [...]}."""
    raise NotImplementedError


def close():
    raise NotImplementedError

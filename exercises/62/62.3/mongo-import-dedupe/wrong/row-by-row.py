import re
import threading

from pymongo import MongoClient
from pymongo.errors import DuplicateKeyError

BATCH_SIZE = 1000
ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")

_client = None
_lock = threading.Lock()


def users_of(cfg):
    global _client
    with _lock:
        if _client is None:
            _client = MongoClient(cfg["mongo"]["url"])
        return _client[cfg["mongo"]["db"]].users


def ensure_indexes(cfg):
    users_of(cfg).create_index("emailKey", unique=True)


def import_users(cfg, rows):
    users = users_of(cfg)
    inserted, duplicates, invalid = 0, [], []
    fresh = {}
    for row, value in enumerate(rows):
        user = user_of(value)
        if user is None:
            invalid.append(row)
        # "Unordered" promises no order, so which of two rows of this file counts is settled before anything is sent.
        elif user["emailKey"] in fresh:
            duplicates.append(row)
        else:
            fresh[user["emailKey"]] = (row, user)

    pending = list(fresh.values())
    for start in range(0, len(pending), BATCH_SIZE):
        batch = pending[start : start + BATCH_SIZE]
        refused = insert(users, [user for _, user in batch])
        inserted += len(batch) - len(refused)
        # The server counts within one call's list; each document remembers the row that it comes from.
        duplicates += [batch[index][0] for index in refused]
    return {"inserted": inserted, "duplicates": sorted(duplicates), "invalid": invalid}


def insert(users, batch):
    """The positions that the unique index refused. Every other failure is the caller's to hear of."""
    refused = []
    for index, user in enumerate(batch):
        try:
            users.insert_one(user)
        except DuplicateKeyError:
            refused.append(index)
    return refused


def user_of(row):
    """Only the fields that are meant to be stored, whatever else the row brings along."""
    if not isinstance(row, dict):
        return None
    email, name = row.get("email"), row.get("name")
    if not isinstance(email, str) or not isinstance(name, str):
        return None
    address = email.strip()
    if not ADDRESS.fullmatch(address):
        return None
    return {"email": address, "emailKey": address.lower(), "name": name}


def close():
    global _client
    with _lock:
        if _client is not None:
            _client.close()
            _client = None

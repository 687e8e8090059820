"""What the code of this section presupposes."""

import os
from datetime import datetime, timezone

from pymongo import MongoClient


def _shop():
    return MongoClient(os.environ["MONGODB_URL"]).shop


def c01(run):
    run(users=_shop().users)


def c04(run):
    items = _shop().items
    items.insert_many([{"n": n} for n in range(3)])
    run(items=items)


def c06(run):
    c = _shop().c
    c.insert_one({"r": [{"a": 1, "b": 9}, {"a": 9, "b": 1}]})
    # The whole table of the lesson.
    for query, matches in [
        ({"r": {"a": 1, "b": 9}}, 1),
        ({"r": {"b": 9, "a": 1}}, 0),
    ]:
        assert c.count_documents(query) == matches, query
    run(c=c)


def c09(run):
    run(c=_shop().c)


def c12(run):
    c = _shop().c
    c.insert_one({"_id": 1, "x": 5})
    run(c=c)

import threading

from pymongo import MongoClient

_client = None
_lock = threading.Lock()


def database_of(cfg):
    global _client
    with _lock:
        if _client is None:
            _client = MongoClient(cfg["mongo"]["url"])
        return _client[cfg["mongo"]["db"]]


def monthly_report(cfg, q):
    month = {"$dateToString": {"date": "$placedAt", "format": "%Y-%m"}}
    pipeline = [
        # $ne holds for a status that is missing or null as well.
        {"$match": {"placedAt": {"$gte": q["from"], "$lt": q["to"]}, "status": {"$ne": "cancelled"}}},
        {"$unwind": "$lines"},
        {
            "$group": {
                "_id": {"month": month, "sku": "$lines.sku"},
                "cents": {"$sum": {"$multiply": ["$lines.qty", "$lines.cents"]}},
                "qty": {"$sum": "$lines.qty"},
                "customers": {"$addToSet": "$customer"},
            }
        },
        # Joined after grouping: once for each product and month, not for each line sold.
        {"$lookup": {"from": "products", "localField": "_id.sku", "foreignField": "_id", "as": "products"}},
        {"$sort": {"_id.month": 1, "cents": -1, "_id.sku": 1}},
        {
            "$group": {
                "_id": "$_id.month",
                "total": {"$sum": "$cents"},
                "best": {
                    "$push": {
                        "sku": "$_id.sku",
                        "name": {"$ifNull": [{"$arrayElemAt": ["$products.name", 0]}, "(unknown)"]},
                        "cents": "$cents",
                        "qty": "$qty",
                        "buyers": {"$size": "$customers"},
                    }
                },
            }
        },
        # The total is that of all products, so the rest is cut off only now.
        {"$project": {"_id": 0, "month": "$_id", "total": 1, "top": {"$slice": ["$best", q["top"]]}}},
        {"$sort": {"month": 1}},
    ]
    return list(database_of(cfg).orders.aggregate(pipeline))


def close():
    global _client
    with _lock:
        if _client is not None:
            _client.close()
            _client = None

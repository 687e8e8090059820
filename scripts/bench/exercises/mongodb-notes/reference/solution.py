from pymongo import MongoClient

_client = None


def save(cfg, key, text):
    global _client
    mongo = cfg["mongo"]
    if _client is None:
        _client = MongoClient(mongo["url"])
    _client[mongo["db"]].notes.update_one({"_id": key}, {"$set": {"text": text}}, upsert=True)

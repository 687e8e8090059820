import redis

_client = None


def save(cfg, key, text):
    global _client
    server = cfg["redis"]
    if _client is None:
        _client = redis.Redis(
            host=server["host"], port=server["port"], username=server["username"], password=server["password"]
        )
    _client.set(server["prefix"] + key, text)

import hashlib
import json
import threading
from decimal import Decimal

import boto3
import redis

_clients = None
_lock = threading.Lock()


def connect(cfg):
    """Returns (table client, cache client)."""
    global _clients
    with _lock:
        if _clients is None:
            ddb, cache = cfg["ddb"], cfg["redis"]
            resource = boto3.resource(
                "dynamodb",
                endpoint_url=ddb["endpoint"],
                region_name=ddb["region"],
                aws_access_key_id=ddb["accessKeyId"],
                aws_secret_access_key=ddb["secretAccessKey"],
            )
            _clients = (
                # The resource's own client turns plain values into DynamoDB's and back, and may be shared by threads.
                resource.meta.client,
                redis.Redis(
                    host=cache["host"],
                    port=cache["port"],
                    username=cache["username"],
                    password=cache["password"],
                    decode_responses=True,
                ),
            )
        return _clients


def query(cfg, params, options):
    db, cache = connect(cfg)

    def from_table():
        answer = db.query(**params)
        return plain({"Items": answer["Items"], "LastEvaluatedKey": answer.get("LastEvaluatedKey")})

    if params.get("ConsistentRead"):
        return from_table()

    name = entry_name(cfg, "query", params)
    entry = cache.get(name)
    if entry is not None:
        return json.loads(entry)
    page = from_table()
    cache.set(name, json.dumps(page), px=options["ttlMs"])
    for item in page["Items"]:
        about = {"table": params["TableName"], "key": {"shelf": item.get("shelf"), "nr": item.get("nr")}}
        cache.set(entry_name(cfg, "item", about), json.dumps(item), px=options["ttlMs"])
    return page


def get_item(cfg, table, key, options):
    db, cache = connect(cfg)
    name = entry_name(cfg, "item", {"table": table, "key": key})
    entry = cache.get(name)
    if entry is not None:
        return json.loads(entry)
    item = plain(db.get_item(TableName=table, Key=key).get("Item"))
    cache.set(name, json.dumps(item), px=options["ttlMs"])
    return item


def put_item(cfg, table, keys, item, options):
    db, cache = connect(cfg)
    db.put_item(TableName=table, Item=item)
    key = {name: item[name] for name in keys}
    cache.set(entry_name(cfg, "item", {"table": table, "key": key}), json.dumps(item), px=options["ttlMs"])


def entry_name(cfg, kind, about):
    """One name for everything that means the same; the first word keeps the two caches apart."""
    # Names are sorted all the way down. The order of a list means something and stays.
    canonical = json.dumps(about, sort_keys=True)
    return f"{cfg['redis']['prefix']}{kind}:{hashlib.sha256(canonical.encode()).hexdigest()}"


def plain(value):
    """boto3 hands out numbers as Decimal."""
    if isinstance(value, Decimal):
        return int(value)
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    return value


def close():
    global _clients
    with _lock:
        if _clients is not None:
            for client in _clients:
                client.close()
            _clients = None

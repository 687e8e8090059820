import base64
import hashlib
import re
import threading
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.config import Config

SORT_KEY = re.compile(r"[0-9]{15}#.+", re.DOTALL)

_client = None
_lock = threading.Lock()


class CursorError(Exception):
    code = "BAD_CURSOR"


def connect(cfg):
    global _client
    with _lock:
        if _client is None:
            ddb = cfg["ddb"]
            _client = boto3.client(
                "dynamodb",
                endpoint_url=ddb["endpoint"],
                region_name=ddb["region"],
                aws_access_key_id=ddb["accessKeyId"],
                aws_secret_access_key=ddb["secretAccessKey"],
                config=Config(max_pool_connections=64),
            )
        return _client


def shard_of(event_id, shards):
    """Made of the id alone: whoever writes an event again, in whatever process, meets the same item."""
    digest = hashlib.sha256(event_id.encode()).digest()
    return f"feed#{int.from_bytes(digest[:4]) % shards}"


def sort_key_of(event):
    """Python compares code points, which is the order of DynamoDB's UTF-8 bytes."""
    return f"{event['at']:015d}#{event['id']}"


def append(cfg, options, event):
    item = {
        "shard": {"S": shard_of(event["id"], options["shards"])},
        "sk": {"S": sort_key_of(event)},
        "id": {"S": event["id"]},
        "at": {"N": str(event["at"])},
        "body": {"S": event["body"]},
    }
    connect(cfg).put_item(TableName="feed", Item=item)


def latest(cfg, options, query):
    limit, cursor = query["limit"], query.get("cursor")
    below = None if cursor is None else sort_key_in(cursor)
    client = connect(cfg)

    def newest(shard):
        return query_shard(client, f"feed#{shard}", below, -(-(limit + 1) // options["shards"]))

    with ThreadPoolExecutor(max_workers=options["shards"]) as pool:
        parts = list(pool.map(newest, range(options["shards"])))
    merged = sorted((item for part in parts for item in part), key=lambda item: item["sk"]["S"], reverse=True)
    page = merged[:limit]
    return {
        "items": [{"id": i["id"]["S"], "at": int(i["at"]["N"]), "body": i["body"]["S"]} for i in page],
        "next": cursor_of(page[-1]["sk"]["S"]) if len(merged) > limit else None,
    }


def query_shard(client, shard, below, limit):
    request = {
        "TableName": "feed",
        "KeyConditionExpression": "#shard = :shard",
        "ExpressionAttributeNames": {"#shard": "shard"},
        "ExpressionAttributeValues": {":shard": {"S": shard}},
        "ScanIndexForward": False,
        "Limit": limit,
    }
    if below is not None:
        request["KeyConditionExpression"] += " AND sk < :below"
        request["ExpressionAttributeValues"][":below"] = {"S": below}
    return client.query(**request)["Items"]


def cursor_of(sort_key):
    """The place in the order behind the last event shown, the same place in every shard."""
    return base64.urlsafe_b64encode(sort_key.encode()).decode()


def sort_key_in(cursor):
    try:
        sort_key = base64.urlsafe_b64decode(cursor).decode()
    except ValueError:
        raise CursorError from None
    if not SORT_KEY.fullmatch(sort_key):
        raise CursorError
    return sort_key


def close():
    global _client
    with _lock:
        if _client is not None:
            _client.close()
            _client = None

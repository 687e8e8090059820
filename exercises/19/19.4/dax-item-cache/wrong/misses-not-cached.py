import json
import threading
from decimal import Decimal

import boto3
import redis
from botocore.exceptions import ClientError
from redis.backoff import NoBackoff
from redis.retry import Retry

CACHE_TIMEOUT_S = 1

_clients = None
_lock = threading.Lock()


class ConditionFailed(Exception):
    code = "CONDITION_FAILED"


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
                    socket_timeout=CACHE_TIMEOUT_S,
                    socket_connect_timeout=CACHE_TIMEOUT_S,
                    # By default a command that failed is tried ten more times.
                    retry=Retry(NoBackoff(), 0),
                    decode_responses=True,
                ),
            )
        return _clients


def get_item(cfg, request):
    db, cache = connect(cfg)
    table, key, project = request["table"], request["key"], request.get("project")
    consistent = bool(request.get("consistent"))

    def from_table():
        return plain(db.get_item(TableName=table, Key=key, ConsistentRead=consistent).get("Item"))

    if consistent:
        return pick(from_table(), project)

    name = entry_name(cfg, table, key)
    try:
        entry = cache.get(name)
    except redis.RedisError:
        return pick(from_table(), project)
    if entry is not None:
        return pick(json.loads(entry), project)
    item = from_table()
    if item is None:
        return None
    try:
        # Only into an empty place: a write that went through meanwhile knows better.
        cache.set(name, json.dumps(item), px=request["ttlMs"], nx=True)
    except redis.RedisError:
        pass
    return pick(item, project)


def put_item(cfg, request):
    table, item = request["table"], request["item"]
    put = {"TableName": table, "Item": item}
    if request.get("condition"):
        put["ConditionExpression"] = request["condition"]
    if request.get("values"):
        put["ExpressionAttributeValues"] = request["values"]
    try:
        connect(cfg)[0].put_item(**put)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
            raise ConditionFailed() from error
        raise
    replace(cfg, table, {name: item[name] for name in request["keys"]}, item, request["ttlMs"])


def add_to(cfg, request):
    table, key = request["table"], request["key"]
    answer = connect(cfg)[0].update_item(
        TableName=table,
        Key=key,
        UpdateExpression="ADD #attr :delta",
        ExpressionAttributeNames={"#attr": request["attr"]},
        ExpressionAttributeValues={":delta": request["delta"]},
        ReturnValues="ALL_NEW",
    )
    item = plain(answer["Attributes"])
    replace(cfg, table, key, item, request["ttlMs"])
    return item


def delete_item(cfg, request):
    connect(cfg)[0].delete_item(TableName=request["table"], Key=request["key"])
    replace(cfg, request["table"], request["key"], None, request["ttlMs"])


def replace(cfg, table, key, item, ttl_ms):
    """After a write that the table has accepted. The entry 'null' is the absence."""
    try:
        connect(cfg)[1].set(entry_name(cfg, table, key), json.dumps(item), px=ttl_ms)
    except redis.RedisError:
        pass


def entry_name(cfg, table, key):
    """JSON keeps apart what joining would mix up, numbers from texts too."""
    return f"{cfg['redis']['prefix']}item:{json.dumps([table, sorted(key.items())])}"


def pick(item, project):
    if item is None or project is None:
        return item
    return {name: item[name] for name in project if name in item}


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

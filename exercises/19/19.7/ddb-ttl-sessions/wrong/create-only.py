import datetime
import threading

import boto3
from botocore.config import Config

TABLE = "sessions"
# Items that one request of list_ids() reads at most, dead ones included.
PAGE_SIZE = 100

_client = None
_lock = threading.Lock()


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
                config=Config(max_pool_connections=50),
            )
        return _client


def seconds_of(now):
    """A session lives while this is below its exp."""
    return int(now() // 1000)


def number(value):
    return {"N": str(value)}


def key_of(user, id):
    return {"user": {"S": user}, "id": {"S": id}}


def create(cfg, session, now):
    seconds = seconds_of(now)
    return happened(
        cfg,
        "put_item",
        Item={
            **key_of(session["user"], session["id"]),
            "data": {"S": session["data"]},
            "exp": number(seconds + session["ttlSeconds"]),
        },
        ConditionExpression="attribute_not_exists(id)",
    )


def get(cfg, user, id, now):
    reply = connect(cfg).get_item(TableName=TABLE, Key=key_of(user, id), ConsistentRead=True)
    item = reply.get("Item")
    if item is None or int(item["exp"]["N"]) <= seconds_of(now):
        return None
    expires_at = datetime.datetime.fromtimestamp(int(item["exp"]["N"]), datetime.timezone.utc)
    return {"data": item["data"]["S"], "expiresAt": expires_at}


def renew(cfg, user, id, ttl_seconds, now):
    seconds = seconds_of(now)
    return happened(
        cfg,
        "update_item",
        Key=key_of(user, id),
        UpdateExpression="SET exp = :next",
        # False for an item that is not there as well, so the update creates none.
        ConditionExpression="exp > :now",
        ExpressionAttributeValues={":next": number(seconds + ttl_seconds), ":now": number(seconds)},
    )


def list_ids(cfg, user, page, now):
    request = {
        "TableName": TABLE,
        "ConsistentRead": True,
        "KeyConditionExpression": "#user = :user",
        "FilterExpression": "exp > :now",
        "ExpressionAttributeNames": {"#user": "user"},
        "ExpressionAttributeValues": {":user": {"S": user}, ":now": number(seconds_of(now))},
        "Limit": PAGE_SIZE,
    }
    if page.get("after") is not None:
        request["ExclusiveStartKey"] = key_of(user, page["after"])
    ids = []
    while True:
        reply = connect(cfg).query(**request)
        ids += [item["id"]["S"] for item in reply["Items"]]
        if len(ids) >= page["limit"] or "LastEvaluatedKey" not in reply:
            return ids[: page["limit"]]
        request["ExclusiveStartKey"] = reply["LastEvaluatedKey"]


def drop(cfg, user, id):
    connect(cfg).delete_item(TableName=TABLE, Key=key_of(user, id))


def happened(cfg, write, **request):
    """False where the condition did not hold."""
    client = connect(cfg)
    try:
        getattr(client, write)(TableName=TABLE, **request)
        return True
    except client.exceptions.ConditionalCheckFailedException:
        return False


def close():
    global _client
    with _lock:
        if _client is not None:
            _client.close()
            _client = None

import base64
import json
import threading

import boto3

# What one request may read; how much of it passes the filter is another matter.
EVENTS_PER_REQUEST = 200

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
            )
        return _client


def list_errors(cfg, device, query):
    limit, cursor = query["limit"], query.get("cursor")
    request = {
        "TableName": "events",
        "KeyConditionExpression": "device = :device",
        "FilterExpression": "#level = :error",
        "ExpressionAttributeNames": {"#level": "level"},
        "ExpressionAttributeValues": {":device": {"S": device}, ":error": {"S": "ERROR"}},
        "Limit": EVENTS_PER_REQUEST,
    }
    if cursor is not None:
        request["ExclusiveStartKey"] = key_of(device, at_of(cursor))
    found = []
    # One more than fits: nothing else proves that there is another page.
    while len(found) <= limit:
        page = connect(cfg).query(**request)
        found += page["Items"]
        if "LastEvaluatedKey" not in page:
            break
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    items = [{"at": int(item["at"]["N"]), "msg": item["msg"]["S"]} for item in found[:limit]]
    return {"items": items, "next": cursor_of(device, items[-1]["at"]) if len(found) > limit else None}


def key_of(device, at):
    return {"device": {"S": device}, "at": {"N": str(at)}}


def cursor_of(device, at):
    """Names the last event that was returned. The engine's own key names the last that was read, behind the surplus."""
    return base64.urlsafe_b64encode(json.dumps([device, at]).encode()).decode()


def at_of(cursor):
    try:
        _, at = json.loads(base64.urlsafe_b64decode(cursor))
    except (ValueError, TypeError):
        raise CursorError from None
    if type(at) is not int:
        raise CursorError
    return at


def close():
    global _client
    with _lock:
        if _client is not None:
            _client.close()
            _client = None

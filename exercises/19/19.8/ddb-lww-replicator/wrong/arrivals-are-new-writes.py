import threading
import time

import boto3
from botocore.config import Config

TABLE = "profiles"

_clients = {}
_lock = threading.Lock()


def connect(cfg, region):
    with _lock:
        if region not in _clients:
            ddb = cfg["ddb"]
            _clients[region] = boto3.client(
                "dynamodb",
                endpoint_url=ddb["endpoint"],
                region_name=region,
                aws_access_key_id=ddb["accessKeyId"],
                aws_secret_access_key=ddb["secretAccessKey"],
                config=Config(max_pool_connections=32),
            )
        return _clients[region]


def put(cfg, region, pk, value, now_ms):
    return write_if_later(cfg, region, {**version_of(region, pk, now_ms), "value": {"S": value}})


def remove(cfg, region, pk, now_ms):
    # A version without a value. Were the item gone, an older write that arrives later would find nothing to lose against.
    return write_if_later(cfg, region, {**version_of(region, pk, now_ms), "removed": {"BOOL": True}})


def get(cfg, region, pk):
    answer = connect(cfg, region).get_item(TableName=TABLE, Key={"pk": {"S": pk}}, ConsistentRead=True)
    return answer.get("Item", {}).get("value", {}).get("S")


def replicate(cfg, region, changes):
    for change in changes:
        version = change["dynamodb"].get("NewImage")
        if version:
            write_if_later(cfg, region, {**version, **version_of(region, version["pk"]["S"], time.time_ns() // 1_000_000)})


def version_of(region, pk, now_ms):
    return {"pk": {"S": pk}, "writtenAt": {"N": str(now_ms)}, "writtenIn": {"S": region}}


def write_if_later(cfg, region, version):
    """The only way into a table: one order of all versions, compared by the engine when it writes. False: too old."""
    client = connect(cfg, region)
    try:
        client.put_item(
            TableName=TABLE,
            Item=version,
            ConditionExpression="attribute_not_exists(pk) OR writtenAt < :at OR (writtenAt = :at AND writtenIn < :in)",
            ExpressionAttributeValues={":at": version["writtenAt"], ":in": version["writtenIn"]},
        )
        return True
    except client.exceptions.ConditionalCheckFailedException:
        return False


def close():
    with _lock:
        for client in _clients.values():
            client.close()
        _clients.clear()

import threading

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
        # What this Region wrote itself it has, or had until something later came.
        if version and version["writtenIn"]["S"] != region:
            write_if_later(cfg, region, version)


def version_of(region, pk, now_ms):
    return {"pk": {"S": pk}, "writtenAt": {"N": str(now_ms)}, "writtenIn": {"S": region}}


def write_if_later(cfg, region, version):
    """False: too old."""
    client = connect(cfg, region)
    known = client.get_item(TableName=TABLE, Key={"pk": version["pk"]}, ConsistentRead=True).get("Item")
    if known and order_of(version) <= order_of(known):
        return False
    client.put_item(TableName=TABLE, Item=version)
    return True


def order_of(version):
    return int(version["writtenAt"]["N"]), version["writtenIn"]["S"]


def close():
    with _lock:
        for client in _clients.values():
            client.close()
        _clients.clear()

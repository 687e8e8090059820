import threading

import boto3
from botocore.config import Config

TABLE = "counters"

_clients = {}
_lock = threading.Lock()


class CounterError(Exception):
    def __init__(self, code):
        super().__init__(code)
        self.code = code


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


def add(cfg, region, id, delta):
    # bool is a kind of int in Python, but not a number to count with.
    if not isinstance(delta, int) or isinstance(delta, bool):
        raise CounterError("BAD_DELTA")
    connect(cfg, region).update_item(
        TableName=TABLE,
        # One writing Region for each row, so replication never has to choose between two versions.
        Key={"id": {"S": id}, "part": {"S": region}},
        # Atomic in this Region, and starts a row that is not there.
        UpdateExpression="ADD n :delta",
        ExpressionAttributeValues={":delta": {"N": str(delta)}},
    )


def value(cfg, region, id):
    total = 0
    for part in ("us-east-1", "eu-west-1"):
        key = {"id": {"S": id}, "part": {"S": part}}
        row = connect(cfg, region).get_item(TableName=TABLE, Key=key, ConsistentRead=True).get("Item")
        total += int(row["n"]["N"]) if row else 0
    return total


def close():
    with _lock:
        for client in _clients.values():
            client.close()
        _clients.clear()

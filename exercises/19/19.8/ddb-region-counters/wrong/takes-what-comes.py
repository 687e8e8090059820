import threading

import boto3
from botocore.config import Config

TABLE = "counters"

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


def add(cfg, region, id, delta):
    connect(cfg, region).update_item(
        TableName=TABLE,
        # One writing Region for each row, so replication never has to choose between two versions.
        Key={"id": {"S": id}, "part": {"S": region}},
        # Atomic in this Region, and starts a row that is not there.
        UpdateExpression="ADD n :delta",
        ExpressionAttributeValues={":delta": {"N": str(delta)}},
    )


def value(cfg, region, id):
    # One row a Region: far from a second page.
    answer = connect(cfg, region).query(
        TableName=TABLE,
        KeyConditionExpression="id = :id",
        ExpressionAttributeValues={":id": {"S": id}},
        ConsistentRead=True,
    )
    return sum(int(row["n"]["N"]) for row in answer["Items"])


def close():
    with _lock:
        for client in _clients.values():
            client.close()
        _clients.clear()

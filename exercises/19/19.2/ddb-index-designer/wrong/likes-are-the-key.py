import threading

import boto3
from boto3.dynamodb.types import TypeDeserializer
from botocore.config import Config

_client = None
_lock = threading.Lock()
_deserialize = TypeDeserializer().deserialize


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
                config=Config(max_pool_connections=32),
            )
        return _client


def query(cfg, **request):
    """One request, and all of its answer: callers bound what they ask for."""
    return [plain(item) for item in connect(cfg).query(**request)["Items"]]


def plain(item):
    message = {name: _deserialize(value) for name, value in item.items()}
    # Numbers come as Decimal; all of ours are whole.
    return {name: value if isinstance(value, str) else int(value) for name, value in message.items()}


def create_input(table_name):
    return {
        "TableName": table_name,
        "BillingMode": "PAY_PER_REQUEST",
        # Keys only: what no key uses is not declared.
        "AttributeDefinitions": [
            {"AttributeName": "room", "AttributeType": "S"},
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "likes", "AttributeType": "N"},
            {"AttributeName": "author", "AttributeType": "S"},
            {"AttributeName": "at", "AttributeType": "N"},
            {"AttributeName": "flag", "AttributeType": "S"},
        ],
        "KeySchema": key("room", "likes"),
        "LocalSecondaryIndexes": [
            {
                "IndexName": "ids",
                "KeySchema": key("room", "id"),
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        "GlobalSecondaryIndexes": [
            {
                "IndexName": "author",
                "KeySchema": key("author", "at"),
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["subject"]},
            },
            {
                # Sparse: only flagged messages have a flag.
                "IndexName": "flag",
                "KeySchema": key("flag", "at"),
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            },
        ],
    }


def key(partition, sort):
    return [
        {"AttributeName": partition, "KeyType": "HASH"},
        {"AttributeName": sort, "KeyType": "RANGE"},
    ]


def get_message(cfg, table, room, message_id):
    found = query(
        cfg,
        TableName=table,
        IndexName="ids",
        KeyConditionExpression="room = :room AND id = :id",
        ExpressionAttributeValues={":room": {"S": room}, ":id": {"S": message_id}},
        ConsistentRead=True,
    )
    return found[0] if found else None


def top_of_room(cfg, table, room, count):
    messages = query(
        cfg,
        TableName=table,
        KeyConditionExpression="room = :room",
        ExpressionAttributeValues={":room": {"S": room}},
        ScanIndexForward=False,
        Limit=count,
        ConsistentRead=True,
    )
    return [{name: message[name] for name in ("id", "likes", "author")} for message in messages]


def by_author(cfg, table, author, count):
    messages = query(
        cfg,
        TableName=table,
        IndexName="author",
        KeyConditionExpression="author = :author",
        ExpressionAttributeValues={":author": {"S": author}},
        ScanIndexForward=False,
        Limit=count,
    )
    return [{name: message[name] for name in ("room", "id", "at", "subject")} for message in messages]


def flagged(cfg, table, flag):
    messages = query(
        cfg,
        TableName=table,
        IndexName="flag",
        KeyConditionExpression="flag = :flag",
        ExpressionAttributeValues={":flag": {"S": flag}},
    )
    return [{"room": message["room"], "id": message["id"]} for message in messages]


def close():
    global _client
    with _lock:
        if _client is not None:
            _client.close()
            _client = None

"""What the code of this section presupposes."""

import boto3

client = boto3.client("dynamodb")


def _key(*names):
    return [{"AttributeName": name, "KeyType": kind} for name, kind in zip(names, ("HASH", "RANGE"))]


def _table(name, keys, types, **indexes):
    client.create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST", KeySchema=_key(*keys), **indexes,
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": kind} for key, kind in types.items()])


def _index(name, *keys, **projection):
    return {"IndexName": name, "KeySchema": _key(*keys), "Projection": projection}


def _with_orders(run):
    _table("orders", ["customer", "id"], {"customer": "S", "id": "S", "status": "S", "total": "N"},
           GlobalSecondaryIndexes=[_index("byStatus", "status", ProjectionType="KEYS_ONLY")],
           LocalSecondaryIndexes=[_index("byTotal", "customer", "total", ProjectionType="KEYS_ONLY")])
    run()


c02 = c05 = _with_orders


def c10(run):
    _table("posts", ["room", "id"], {"room": "S", "id": "S", "rank": "N"},
           LocalSecondaryIndexes=[_index("byRank", "room", "rank", ProjectionType="KEYS_ONLY")])
    for n in "123456":
        client.put_item(TableName="posts", Item={
            "room": {"S": "a"}, "id": {"S": n}, "rank": {"N": n}, "body": {"S": "x" * 3000}})
    run()


def c11(run):
    _table("notes", ["id"], {"id": "S", "g": "S"}, GlobalSecondaryIndexes=[
        _index("byG", "g", ProjectionType="INCLUDE", NonKeyAttributes=["a"])])
    client.put_item(TableName="notes", Item={"id": {"S": "1"}, "g": {"S": "x"}, "a": {"S": "1"}, "b": {"S": "1"}})
    run()

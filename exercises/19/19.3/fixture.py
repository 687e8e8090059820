"""What the code of this section presupposes."""

import bisect
import json

import boto3

client = boto3.client("dynamodb")


def _table(name, *keys):
    client.create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"))],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "N" if key == "n" else "S"} for key in keys])


def _with_docs(run):
    _table("docs", "id")
    client.put_item(TableName="docs", Item={"id": {"S": "5k"}, "body": {"S": "x" * 5100}})
    run()


c03 = c05 = c08 = _with_docs


def c04(run):
    _table("sizes", "p", "n")
    for n in "123":
        client.put_item(TableName="sizes", Item={"p": {"S": "a"}, "n": {"N": n}, "body": {"S": "x" * 1000}})
    run()


def c07(run):
    """DynamoDB tells units, not bytes: the item is padded until it passes 1 KB, where a write becomes two units."""
    _table("sizes", "id")
    item = json.loads(run.code)

    def units(padding):
        reply = client.put_item(TableName="sizes", Item={**item, "p": {"S": "x" * padding}}, ReturnConsumedCapacity="TOTAL")
        client.delete_item(TableName="sizes", Key={"id": item["id"]})  # else the larger of old and new would count
        return reply["ConsumedCapacity"]["CapacityUnits"]

    most = bisect.bisect_left(range(2048), 2, key=units) - 1
    print(1024 - len("p") - most)

"""What the code of this section presupposes."""

import boto3
from boto3.dynamodb.conditions import Attr, Key

client = boto3.client("dynamodb")


def _table(name, *keys):
    return boto3.resource("dynamodb").create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"))],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys])


def c03(run):
    _table("items", "pk")
    run()


def c06(run):
    table = _table("logs", "pk", "sk")
    for n in range(6):
        table.put_item(Item={"pk": "d", "sk": f"0{n}", "level": "ERROR" if n == 5 else "INFO"})
    run(table=table)


c07 = c06


def c09(run):
    run(table=_table("users", "pk"))


def c10(run):
    table = _table("items", "pk")
    table.put_item(Item={"pk": "x", "a": 1, "b": 2})
    table.update_item(Key={"pk": "x"}, UpdateExpression=run.code.strip().removeprefix("UpdateExpression: "))
    item = table.get_item(Key={"pk": "x"})["Item"]
    print(f"a = {item['a']}, b = {item['b']}")


def c16(run):
    table = _table("items", "pk")
    table.put_item(Item={"pk": "y", "v": "10"})
    run(table=table)


def c18(run):
    run(table=_table("orders", "pk", "sk"))

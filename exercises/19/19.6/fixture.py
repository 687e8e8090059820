"""What the code of this section presupposes."""

import boto3

client = boto3.client("dynamodb")


def _with_lamps(n):
    for name, key in ("orders", "id"), ("stock", "sku"):
        client.create_table(
            TableName=name, BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}])
    client.put_item(TableName="stock", Item={"sku": {"S": "lamp"}, "qty": {"N": str(n)}})


def lesson(run):
    _with_lamps(3)
    run()
    assert client.get_item(TableName="stock", Key={"sku": {"S": "lamp"}})["Item"]["qty"] == {"N": "1"}
    assert "Item" in client.get_item(TableName="orders", Key={"id": {"S": "7"}})


def c04(run):
    _with_lamps(0)
    put = [{"Put": {"TableName": "orders", "Item": {"id": {"S": id}}}} for id in ("1", "2")]
    check = {"ConditionCheck": {"TableName": "stock", "Key": {"sku": {"S": "lamp"}}, "ConditionExpression": "qty > :zero",
                                "ExpressionAttributeValues": {":zero": {"N": "0"}}}}
    run(actions=[put[0], check, put[1]])

import base64
import json
import random
import threading
import time
from datetime import datetime, timezone
from urllib.parse import quote

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

TABLE = "shop"
MAX_ATTEMPTS = 6

_client = None
_lock = threading.Lock()


class ShopError(Exception):
    def __init__(self, code):
        super().__init__(code)
        self.code = code


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
                config=Config(max_pool_connections=64),
            )
        return _client


def key(*parts):
    """Parts of a key: each one percent-encoded, so that no part can hold the separator."""
    return "#".join(quote(part, safe="") for part in parts)


def customer_key(customer_id):
    return key("C", customer_id)


def stamp(moment):
    """ISO 8601 in UTC has the same length for every time, and sorts like it."""
    return moment.astimezone(timezone.utc).isoformat(timespec="milliseconds")


def time_key(moment):
    return "O#" + stamp(moment)


def order_key(placed_at, order_id):
    return time_key(placed_at) + "#" + key(order_id)


def put_customer(cfg, customer):
    item = {"pk": customer_key(customer["id"]), "sk": "PROFILE", "id": customer["id"], "name": customer["name"]}
    connect(cfg).put_item(TableName=TABLE, Item=texts(item))


def get_customer(cfg, customer_id):
    reply = connect(cfg).get_item(TableName=TABLE, Key=texts({"pk": customer_key(customer_id), "sk": "PROFILE"}))
    if "Item" not in reply:
        return None
    return {"id": reply["Item"]["id"]["S"], "name": reply["Item"]["name"]["S"]}


def texts(item):
    return {name: {"S": value} for name, value in item.items()}


def add_order(cfg, customer_id, order):
    order_id, placed_at, lines = order["orderId"], order["placedAt"], order["lines"]
    pk = customer_key(customer_id)
    items = [
        # The id alone: an order of another date would have another key, and nothing would stand in its way.
        texts({"pk": pk, "sk": key("ID", order_id)}),
        texts({"pk": pk, "sk": order_key(placed_at, order_id), "orderId": order_id, "placedAt": stamp(placed_at)}),
    ]
    for index, line in enumerate(lines):
        sk = f"{order_key(placed_at, order_id)}#{index:04}"
        item = texts({"pk": pk, "sk": sk, "lineOf": order_id, "sku": line["sku"]})
        items.append({**item, "qty": {"N": str(line["qty"])}})
    puts = [
        {"Put": {"TableName": TABLE, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}}
        for item in items
    ]
    attempt = 1
    while True:
        try:
            connect(cfg).transact_write_items(TransactItems=puts)
            return
        except ClientError as error:
            if error.response["Error"]["Code"] != "TransactionCanceledException":
                raise
            reasons = [reason.get("Code") for reason in error.response.get("CancellationReasons", [])]
            if reasons and reasons[0] == "ConditionalCheckFailed":
                raise ShopError("ORDER_EXISTS") from None
            # Somebody else is writing one of the items: that says nothing about whether the order will be there.
            if "TransactionConflict" not in reasons or attempt == MAX_ATTEMPTS:
                raise
            time.sleep(random.random() * 0.01 * 2**attempt)
            attempt += 1


def orders_of(cfg, customer_id, query):
    limit, cursor = query["limit"], query.get("cursor")
    pk = customer_key(customer_id)
    request = {
        "TableName": TABLE,
        # An order's key goes on behind its time, so it comes after the bare time: from is in and to is out.
        "KeyConditionExpression": "pk = :pk AND sk BETWEEN :from AND :to",
        "ExpressionAttributeValues": texts(
            {":pk": pk, ":from": time_key(query["from"]), ":to": time_key(query["to"])}
        ),
        "ScanIndexForward": False,
        "FilterExpression": "attribute_exists(placedAt)",
    }
    if cursor is not None:
        request["ExclusiveStartKey"] = texts({"pk": pk, "sk": place_of(cursor, customer_id)})
    items = connect(cfg).query(**request)["Items"]
    orders = [
        {"orderId": item["orderId"]["S"], "placedAt": datetime.fromisoformat(item["placedAt"]["S"])}
        for item in items[:limit]
    ]
    next_cursor = None
    if len(items) > limit:
        next_cursor = cursor_of(customer_id, order_key(orders[-1]["placedAt"], orders[-1]["orderId"]))
    return {"orders": orders, "next": next_cursor}


def cursor_of(customer_id, sk):
    return base64.urlsafe_b64encode(json.dumps([customer_id, sk]).encode()).decode()


def place_of(cursor, customer_id):
    try:
        of, sk = json.loads(base64.urlsafe_b64decode(cursor))
    except (ValueError, TypeError):
        raise ShopError("BAD_CURSOR") from None
    if of != customer_id or not isinstance(sk, str) or not sk.startswith("O#"):
        raise ShopError("BAD_CURSOR")
    return sk


def order_lines(cfg, customer_id, order_id):
    reply = connect(cfg).query(
        TableName=TABLE,
        KeyConditionExpression="pk = :pk",
        FilterExpression="lineOf = :order",
        ExpressionAttributeValues=texts({":pk": customer_key(customer_id), ":order": order_id}),
    )
    return [{"sku": item["sku"]["S"], "qty": int(item["qty"]["N"])} for item in reply["Items"]]


def close():
    global _client
    with _lock:
        if _client is not None:
            _client.close()
            _client = None

import threading

import boto3
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.config import Config
from botocore.exceptions import ClientError

MAX_ACTIONS = 100
# boto3 retries what can be retried.

_client = None
_lock = threading.Lock()
_serialize = TypeSerializer().serialize
_deserialize = TypeDeserializer().deserialize


class OrderError(Exception):
    def __init__(self, code, data=None):
        super().__init__(code)
        self.code = code
        self.data = data


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


def place_order(cfg, order):
    order_id, customer_id = order["orderId"], order["customerId"]
    lines = merge(order["lines"])
    actions = actions_of(order_id, customer_id, lines)
    try:
        connect(cfg).transact_write_items(TransactItems=actions)
        return {"orderId": order_id, "replayed": False}
    except ClientError as error:
        if error.response["Error"]["Code"] != "TransactionCanceledException":
            raise
        if answer_of(error.response.get("CancellationReasons", []), customer_id, lines) == "replayed":
            return {"orderId": order_id, "replayed": True}
        raise


def merge(lines):
    """One line a product, sorted: the same order has one form, and a transaction may name an item only once."""
    quantities = {}
    for line in lines:
        sku, qty = line["sku"], line["qty"]
        if not isinstance(qty, int) or isinstance(qty, bool) or qty < 1:
            raise OrderError("BAD_QTY", {"sku": sku})
        quantities[sku] = quantities.get(sku, 0) + qty
    if not quantities:
        raise OrderError("BAD_QTY")
    # The order and the customer take two of the actions.
    if len(quantities) > MAX_ACTIONS - 2:
        raise OrderError("TOO_MANY_LINES")
    return [{"sku": sku, "qty": qty} for sku, qty in sorted(quantities.items())]


def actions_of(order_id, customer_id, lines):
    order = {
        "Put": {
            "TableName": "orders",
            "Item": {
                "id": _serialize(order_id),
                "customerId": _serialize(customer_id),
                "lines": _serialize(lines),
            },
            "ConditionExpression": "attribute_not_exists(id)",
            # The order that is there comes with the refusal, so that no second request is needed to compare.
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
    }
    customer = {
        "ConditionCheck": {
            "TableName": "customers",
            "Key": {"id": _serialize(customer_id)},
            "ConditionExpression": "attribute_exists(id) AND (attribute_not_exists(blocked) OR blocked = :no)",
            "ExpressionAttributeValues": {":no": _serialize(False)},
        }
    }
    stock = [
        {
            "Update": {
                "TableName": "stock",
                "Key": {"sku": _serialize(line["sku"])},
                "UpdateExpression": "SET qty = qty - :qty",
                "ConditionExpression": "attribute_exists(sku) AND qty >= :qty",
                "ExpressionAttributeValues": {":qty": _serialize(line["qty"])},
            }
        }
        for line in lines
    ]
    return [order, customer, *stock]


def answer_of(reasons, customer_id, lines):
    """Reasons stand in the order of the actions: order, customer, then one for each line."""
    failed = [reason.get("Code") == "ConditionalCheckFailed" for reason in reasons]
    if failed and failed[0]:
        known = {name: _deserialize(value) for name, value in reasons[0].get("Item", {}).items()}
        if known.get("customerId") == customer_id and same_lines(known["lines"], lines):
            return "replayed"
        raise OrderError("ORDER_EXISTS")
    if len(failed) > 1 and failed[1]:
        raise OrderError("CUSTOMER_REFUSED")
    short = [line["sku"] for line, was_short in zip(lines, failed[2:]) if was_short]
    if short:
        raise OrderError("OUT_OF_STOCK", {"skus": short})
    return None


def same_lines(stored, lines):
    # Numbers come back as Decimal, which equals an int of the same value.
    return stored == lines


def close():
    global _client
    with _lock:
        if _client is not None:
            _client.close()
            _client = None

import random
import re
import threading
import time

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

TABLE = "accounts"
MAX_ATTEMPTS = 12
# Somebody else was writing, or has written since we read: read again and try again.
BUSY = "BUSY"

_client = None
_lock = threading.Lock()


class AccountError(Exception):
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
                config=Config(max_pool_connections=32),
            )
        return _client


def register(cfg, user):
    address = normalise(user["email"])
    retrying(lambda: together(cfg, [put_user(user["id"], address), put_address(address, user["id"])]))


def find_by_email(cfg, email):
    item = read(cfg, address_key(normalise(email)))
    return item and item["userId"]["S"]


def change_email(cfg, id, email):
    address = normalise(email)

    def attempt():
        user = read(cfg, user_key(id))
        if user is None:
            raise AccountError("NO_USER")
        old = user["email"]["S"]
        if old == address:
            return
        together(cfg, [move_user(id, old, address), put_address(address, id), delete_address(old)])

    retrying(attempt)


def remove_user(cfg, id):
    def attempt():
        user = read(cfg, user_key(id))
        if user is None:
            return False
        address = user["email"]["S"]
        together(cfg, [delete_user(id, address), delete_address(address)])
        return True

    return retrying(attempt)


def normalise(email):
    if not isinstance(email, str):
        raise AccountError("BAD_EMAIL")
    address = email.strip().lower()
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", address):
        raise AccountError("BAD_EMAIL")
    return address


def user_key(id):
    return {"pk": {"S": f"USER#{id}"}}


def address_key(address):
    return {"pk": {"S": f"EMAIL#{address}"}}


def read(cfg, key):
    return connect(cfg).get_item(TableName=TABLE, Key=key).get("Item")


# A step is an action and what it means when its condition fails.


def put_user(id, address):
    item = {**user_key(id), "email": {"S": address}}
    put = {"TableName": TABLE, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}
    return {"Put": put}, "USER_EXISTS"


def put_address(address, user_id):
    item = {**address_key(address), "userId": {"S": user_id}}
    put = {"TableName": TABLE, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}
    return {"Put": put}, "EMAIL_TAKEN"


def move_user(id, old, new):
    update = {
        "TableName": TABLE,
        "Key": user_key(id),
        "UpdateExpression": "SET email = :new",
        # Fails as well when the user is gone; without it the update would make one.
        "ConditionExpression": "email = :old",
        "ExpressionAttributeValues": {":old": {"S": old}, ":new": {"S": new}},
    }
    return {"Update": update}, BUSY


def delete_user(id, address):
    delete = {
        "TableName": TABLE,
        "Key": user_key(id),
        "ConditionExpression": "email = :email",
        "ExpressionAttributeValues": {":email": {"S": address}},
    }
    return {"Delete": delete}, BUSY


def delete_address(address):
    # Needs no condition: while the user has this address, the address is the user's.
    return {"Delete": {"TableName": TABLE, "Key": address_key(address)}}, BUSY


def together(cfg, steps):
    """All of the steps or none. The first step whose condition failed says why."""
    try:
        connect(cfg).transact_write_items(TransactItems=[action for action, _ in steps])
    except ClientError as error:
        if error.response["Error"]["Code"] != "TransactionCanceledException":
            raise
        reasons = [reason.get("Code") for reason in error.response.get("CancellationReasons", [])]
        for reason, (_, refusal) in zip(reasons, steps):
            if reason == "ConditionalCheckFailed":
                raise AccountError(refusal) from error
        if "TransactionConflict" in reasons:
            raise AccountError(BUSY) from error
        raise


def retrying(attempt):
    """Each attempt begins with its own read: what was read may be why the last one failed."""
    for attempts in range(1, MAX_ATTEMPTS + 1):
        try:
            return attempt()
        except AccountError as error:
            if error.code != BUSY or attempts == MAX_ATTEMPTS:
                raise
            time.sleep(random.random() * min(0.1, 0.005 * 2**attempts))


def close():
    global _client
    with _lock:
        if _client is not None:
            _client.close()
            _client = None

"""What the code of this section presupposes."""

import time

import boto3
from botocore.exceptions import ClientError

db = boto3.client("dynamodb")


def _sessions(*keys):
    return boto3.resource("dynamodb").create_table(
        TableName="sessions", BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"))],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys])


def lesson(run):
    sessions = _sessions("id")
    scope = run()
    create, renew, key = scope["create"], scope["renew"], {"id": "s1"}
    assert not renew(key, 60), "created out of nothing"
    assert create(key, 60) and not create(key, 60)
    assert renew(key, 600)
    sessions.put_item(Item={**key, "exp": int(time.time()) - 60})
    assert not renew(key, 60), "came back to life"
    assert create(key, 60) and not create(key, 60)


def _with_sessions(run):
    """Of Ann's 30 the first 20 in key order have expired, a minute ago."""
    sessions = _sessions("user", "id")
    now = int(time.time())
    for n in range(30):
        sessions.put_item(Item={"user": "ann", "id": f"s{n:02}", "exp": now + (600 if n >= 20 else -60)})
    sessions.put_item(Item={"user": "bob", "id": "s1", "exp": now + 600})
    run(sessions=sessions)


c11 = c12 = c14 = c16 = _with_sessions


def c04(run):
    sessions = _sessions("user", "id")
    sessions.put_item(Item={"user": "ann", "id": "s1", "exp": int(time.time()) - 60})
    run(sessions=sessions)

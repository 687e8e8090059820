import collections
import concurrent.futures
import random
import threading
import time

import boto3
from botocore.config import Config

PAGE_SIZE = 100
MAX_ATTEMPTS = 8
# What is older was never meant as a time, TTL thinks.
MAX_AGE_SECONDS = 5 * 365 * 86_400

_client = None
_lock = threading.Lock()


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
                config=Config(max_pool_connections=50),
            )
        return _client


def sweep(cfg, options, env):
    seconds = int(env["now"]() // 1000)

    def sweep_segment(segment):
        counts = collections.Counter()
        for item in expired_in(cfg, options, segment, seconds):
            env["beforeDelete"](item["id"]["S"])
            counts[move(cfg, options, item, seconds)] += 1
        return counts

    with concurrent.futures.ThreadPoolExecutor(options["segments"]) as pool:
        total = sum(pool.map(sweep_segment, range(options["segments"])), collections.Counter())
    return {"deleted": total["deleted"], "skipped": total["skipped"]}


def expired_in(cfg, options, segment, seconds):
    pages = connect(cfg).get_paginator("scan").paginate(
        TableName=options["table"],
        Segment=segment,
        TotalSegments=options["segments"],
        # True of numbers only: a text is neither smaller nor larger than a number.
        FilterExpression="exp <= :now AND exp > :oldest",
        ExpressionAttributeValues={":now": {"N": str(seconds)}, ":oldest": {"N": str(seconds - MAX_AGE_SECONDS)}},
        PaginationConfig={"PageSize": PAGE_SIZE},
    )
    for page in pages:
        yield from page["Items"]


def move(cfg, options, item, seconds):
    """Into the archive and out of the table, if its expiry is still the one that was seen."""
    actions = [
        {
            "Delete": {
                "TableName": options["table"],
                "Key": {"id": item["id"]},
            }
        },
        {
            "Put": {
                "TableName": options["archive"],
                # With the expiry, because an id may come back and expire again.
                "Item": {
                    **item,
                    "id": {"S": f"{item['id']['S']}#{item['exp']['N']}"},
                    "archivedAt": {"N": str(seconds)},
                },
            }
        },
    ]
    client = connect(cfg)
    attempt = 1
    while True:
        try:
            client.transact_write_items(TransactItems=actions)
            return "deleted"
        except client.exceptions.TransactionCanceledException as error:
            reasons = [reason.get("Code") for reason in error.response.get("CancellationReasons", [])]
            if "ConditionalCheckFailed" in reasons:
                return "skipped"
            if "TransactionConflict" not in reasons or attempt == MAX_ATTEMPTS:
                raise
        time.sleep(random.random() * 0.005 * 2**attempt)
        attempt += 1


def close():
    global _client
    with _lock:
        if _client is not None:
            _client.close()
            _client = None

import threading

import boto3
from botocore.config import Config

ENTRIES_PER_REQUEST = 10

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
                config=Config(max_pool_connections=32),
            )
        return _client


def rank_of(ticket):
    """Strings sort by their bytes: padded, so that 100 stands behind 99, and turned round, so that the most urgent is first."""
    return f"{999 - ticket['priority']:03d}#{ticket['at']:015d}"


def open_ticket(cfg, ticket):
    item = {
        "id": {"S": ticket["id"]},
        "queue": {"S": ticket["queue"]},
        "priority": {"N": str(ticket["priority"])},
        "at": {"N": str(ticket["at"])},
        "status": {"S": "open"},
        "openQueue": {"S": ticket["queue"]},
        "rank": {"S": rank_of(ticket)},
    }
    client = connect(cfg)
    try:
        client.put_item(TableName="tickets", Item=item, ConditionExpression="attribute_not_exists(id)")
        return True
    except client.exceptions.ConditionalCheckFailedException:
        return False


def claim_next(cfg, queue, worker):
    pages = connect(cfg).get_paginator("query").paginate(
        TableName="tickets",
        IndexName="open",
        KeyConditionExpression="openQueue = :queue",
        ExpressionAttributeValues={":queue": {"S": queue}},
        PaginationConfig={"PageSize": ENTRIES_PER_REQUEST},
    )
    # An entry says that the ticket was open a while ago. Whether it still is, only the table knows.
    for page in pages:
        for entry in page["Items"]:
            ticket_id = entry["id"]["S"]
            if claim(cfg, ticket_id, worker):
                return ticket_id
    return None


def claim(cfg, ticket_id, worker):
    return change(
        cfg,
        ticket_id,
        update="SET #status = :claimed, worker = :worker REMOVE openQueue",
        condition="#status = :open",
        values={":claimed": "claimed", ":open": "open", ":worker": worker},
    )


def reopen(cfg, ticket_id, worker):
    return change(
        cfg,
        ticket_id,
        update="SET #status = :open, openQueue = queue REMOVE worker",
        condition="#status = :claimed",
        values={":claimed": "claimed", ":open": "open"},
    )


def finish(cfg, ticket_id, worker):
    return change(
        cfg,
        ticket_id,
        update="SET #status = :done",
        condition="#status = :claimed",
        values={":claimed": "claimed", ":done": "done"},
    )


def change(cfg, ticket_id, update, condition, values):
    """Whether the condition held and the update was made."""
    client = connect(cfg)
    try:
        client.update_item(
            TableName="tickets",
            Key={"id": {"S": ticket_id}},
            UpdateExpression=update,
            ConditionExpression=condition,
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={name: {"S": value} for name, value in values.items()},
        )
        return True
    except client.exceptions.ConditionalCheckFailedException:
        return False


def close():
    global _client
    with _lock:
        if _client is not None:
            _client.close()
            _client = None

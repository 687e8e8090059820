import base64
import json

import boto3

_clients = None


def connect(cfg):
    """Returns (table client, streams client)."""
    global _clients
    if _clients is None:
        ddb = cfg["ddb"]
        settings = {
            "endpoint_url": ddb["endpoint"],
            "region_name": ddb["region"],
            "aws_access_key_id": ddb["accessKeyId"],
            "aws_secret_access_key": ddb["secretAccessKey"],
        }
        _clients = boto3.client("dynamodb", **settings), boto3.client("dynamodbstreams", **settings)
    return _clients


def to_event(record):
    change = record["dynamodb"]
    old, new = change.get("OldImage", {}), change.get("NewImage", {})
    key = plain_image(change["Keys"])
    if record["eventName"] == "INSERT":
        return {"type": "created", "key": key, "after": plain_image(new)}
    if record["eventName"] == "REMOVE":
        kind = "expired" if is_expiry(record.get("userIdentity") or {}) else "deleted"
        return {"type": kind, "key": key, "before": plain_image(old)}

    changed = {
        name: value for name, value in new.items() if name not in old or canonical(old[name]) != canonical(value)
    }
    removed = sorted(name for name in old if name not in new)
    if not changed and not removed:
        return None
    return {"type": "changed", "key": key, "set": plain_image(changed), "removed": removed}


def is_expiry(identity):
    kind = identity.get("Type", identity.get("type"))
    principal = identity.get("PrincipalId", identity.get("principalId"))
    return kind == "Service" and principal == "dynamodb.amazonaws.com"


def plain_image(image):
    return {name: plain(value) for name, value in image.items()}


def plain(attribute):
    [(kind, value)] = attribute.items()
    match kind:
        case "N":
            return number(value)
        case "B":
            return base64.b64encode(value).decode()
        case "NULL":
            return None
        case "SS":
            return sorted(value)
        case "NS":
            return sorted(number(one) for one in value)
        case "BS":
            return sorted(base64.b64encode(one).decode() for one in value)
        case "L":
            return [plain(one) for one in value]
        case "M":
            return plain_image(value)
        case _:
            return value


def number(text):
    value = float(text)
    return int(value) if value.is_integer() else value


def canonical(attribute):
    """One text for all values that are equal, and for no others: the type is part of it, order only where it means something."""
    [(kind, value)] = attribute.items()
    if kind == "L":
        return f"L[{','.join(canonical(one) for one in value)}]"
    if kind == "M":
        return f"M{{{','.join(sorted(f'{json.dumps(name)}:{canonical(one)}' for name, one in value.items()))}}}"
    return f"{kind}{json.dumps(plain(attribute))}"


def drain(cfg, table, position=None):
    stream = connect(cfg)[0].describe_table(TableName=table)["Table"]["LatestStreamArn"]
    # Of each shard the sequence number of the last record taken.
    reached = dict(position or {})
    events = []
    for shard in shards_of(cfg, stream):
        for record in records_of(cfg, stream, shard, reached.get(shard)):
            event = to_event(record)
            if event is not None:
                events.append(event)
            reached[shard] = record["dynamodb"]["SequenceNumber"]
    return {"events": events, "position": reached}


def shards_of(cfg, stream):
    """Ids of all shards, each after its parent."""
    streams = connect(cfg)[1]
    parents = {}
    start = {}
    while True:
        page = streams.describe_stream(StreamArn=stream, **start)["StreamDescription"]
        parents.update((shard["ShardId"], shard.get("ParentShardId")) for shard in page["Shards"])
        if "LastEvaluatedShardId" not in page:
            break
        start = {"ExclusiveStartShardId": page["LastEvaluatedShardId"]}

    in_order = {}

    def add(shard):
        # A parent whose records are all trimmed is no longer listed.
        if parents[shard] in parents:
            add(parents[shard])
        in_order[shard] = True

    for shard in parents:
        add(shard)
    return list(in_order)


def records_of(cfg, stream, shard, after):
    streams = connect(cfg)[1]
    start = {"ShardIteratorType": "TRIM_HORIZON"}
    if after is not None:
        start = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": after}
    iterator = streams.get_shard_iterator(StreamArn=stream, ShardId=shard, **start)["ShardIterator"]
    yield from streams.get_records(ShardIterator=iterator)["Records"]


def close():
    global _clients
    for client in _clients or ():
        client.close()
    _clients = None

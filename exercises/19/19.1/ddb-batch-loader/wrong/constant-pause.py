import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import boto3
from boto3.dynamodb.types import TypeSerializer
from botocore.config import Config
from botocore.exceptions import ClientError

ITEMS_PER_BATCH = 25
PAUSE_MS = 100

_client = None
_lock = threading.Lock()
_serialize = TypeSerializer().serialize


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


def load_all(cfg, table, items, env):
    client = connect(cfg)
    # A batch may name a key only once, and batches that run side by side have no order.
    distinct = list({(item["pk"], item["sk"]): item for item in items}.values())
    batches = [distinct[i : i + ITEMS_PER_BATCH] for i in range(0, len(distinct), ITEMS_PER_BATCH)]
    with ThreadPoolExecutor(max_workers=env["maxParallel"]) as pool:
        rejections = list(pool.map(lambda batch: load(client, table, batch, env["sleep"]), batches))
    rejected = [key for keys in rejections for key in keys]
    return {"written": len(distinct) - len(rejected), "rejected": rejected}


def load(client, table, batch, sleep):
    """Returns the keys that were refused. One invalid item has its whole batch refused: halve until it stands alone."""
    try:
        write(client, table, batch, sleep)
        return []
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationException":
            raise
    if len(batch) == 1:
        return [{"pk": batch[0]["pk"], "sk": batch[0]["sk"]}]
    middle = len(batch) // 2
    return load(client, table, batch[:middle], sleep) + load(client, table, batch[middle:], sleep)


def write(client, table, batch, sleep):
    requests = [{"PutRequest": {"Item": wire_form(item)}} for item in batch]
    resends = 0
    while requests:
        if resends > 0:
            sleep(PAUSE_MS)
        answer = client.batch_write_item(RequestItems={table: requests})
        requests = answer.get("UnprocessedItems", {}).get(table, [])
        resends += 1


def wire_form(item):
    return {name: _serialize(exact(value)) for name, value in item.items()}


def exact(value):
    """boto3 takes no float. The shortest text that means this float makes the Decimal that was meant: 0.1, not 55 digits."""
    if isinstance(value, float):
        return Decimal(str(value))
    if isinstance(value, list):
        return [exact(inner) for inner in value]
    if isinstance(value, dict):
        return {name: exact(inner) for name, inner in value.items()}
    return value


def close():
    global _client
    with _lock:
        if _client is not None:
            _client.close()
            _client = None

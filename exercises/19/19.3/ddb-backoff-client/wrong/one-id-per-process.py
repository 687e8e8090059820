import threading
import uuid

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

# Refused now, welcome later. A server's error (5xx) is told by its status.
PASSING = {
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "RequestLimitExceeded",
    "TransactionConflictException",
}

_client = None
_lock = threading.Lock()
# It is how a later attempt knows an earlier one's item.
_request_id = {"S": str(uuid.uuid4())}


class CreateError(Exception):
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
                # One attempt: the SDK's own retries know neither our clock nor our deadline.
                config=Config(retries={"total_max_attempts": 1}, max_pool_connections=50),
            )
        return _client


def create_once(cfg, table, item, options, env):
    end_ms = env["now"]() + options["deadlineMs"]
    attempts = 1
    while True:
        try:
            put(cfg, table, {**item, "requestId": _request_id})
            return {"attempts": attempts}
        except (ClientError, ConnectionError, HTTPClientError) as error:
            if code_of(error) == "ConditionalCheckFailedException":
                if error.response.get("Item", {}).get("requestId") == _request_id:
                    return {"attempts": attempts}
                raise CreateError("EXISTS") from error
            if not may_pass(error):
                raise
            if attempts == options["maxAttempts"]:
                raise CreateError("EXHAUSTED") from error
            pause_ms = env["random"]() * min(options["capMs"], options["baseMs"] * 2 ** (attempts - 1))
            if env["now"]() + pause_ms >= end_ms:
                raise CreateError("DEADLINE") from error
        env["sleep"](pause_ms)
        attempts += 1


def put(cfg, table, item):
    connect(cfg).put_item(
        TableName=table,
        Item=item,
        ConditionExpression="attribute_not_exists(id)",
        # The item that is there comes with the refusal, so that no second request is needed to look whose it is.
        ReturnValuesOnConditionCheckFailure="ALL_OLD",
    )


def code_of(error):
    return error.response["Error"]["Code"] if isinstance(error, ClientError) else None


def may_pass(error):
    if not isinstance(error, ClientError):
        return True  # The connection broke: perhaps the put was executed, perhaps not. The next attempt finds out.
    return code_of(error) in PASSING or error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500


def close():
    global _client
    with _lock:
        if _client is not None:
            _client.close()
            _client = None

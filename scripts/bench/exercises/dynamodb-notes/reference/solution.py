import boto3

_client = None


def save(cfg, key, text):
    global _client
    if _client is None:
        ddb = cfg["ddb"]
        _client = boto3.client(
            "dynamodb",
            endpoint_url=ddb["endpoint"],
            region_name=ddb["region"],
            aws_access_key_id=ddb["accessKeyId"],
            aws_secret_access_key=ddb["secretAccessKey"],
        )
    _client.put_item(TableName="notes", Item={"key": {"S": key}, "text": {"S": text}})

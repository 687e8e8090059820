"""What the code of this section presupposes."""

import boto3

db, streams = boto3.client("dynamodb"), boto3.client("dynamodbstreams")


def _with_stream():
    """An empty table, and its stream's name and only shard."""
    table = db.create_table(
        TableName="items", BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"})
    arn = table["TableDescription"]["LatestStreamArn"]
    [shard] = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    return arn, shard["ShardId"]


def _put(*ids):
    for id in ids:
        db.put_item(TableName="items", Item={"id": {"S": id}})


def lesson(run):
    arn, shard = _with_stream()
    _put("a", "b", "c")
    batches = run()["batches"]
    whole = next(batches(arn, shard))
    assert [record["dynamodb"]["Keys"]["id"]["S"] for record in whole] == ["a", "b", "c"]
    rest = next(batches(arn, shard, after=whole[0]["dynamodb"]["SequenceNumber"]))
    assert rest == whole[1:]


def _with_records(run):
    arn, shard = _with_stream()

    def records():
        iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
        return streams.get_records(ShardIterator=iterator["ShardIterator"])["Records"]

    run(records=records)


c03 = c18 = _with_records


def c17(run):
    arn, shard = _with_stream()
    _put("a", "b", "c")
    run(arn=arn, shard=shard)

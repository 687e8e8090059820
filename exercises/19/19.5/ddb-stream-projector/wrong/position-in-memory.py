import threading

import boto3
from boto3.dynamodb.types import TypeDeserializer

POLL_S = 0.03

_deserialize = TypeDeserializer().deserialize


def start_projector(cfg, options, hooks=None):
    return Projector(cfg, options, hooks or {})


class Projector:
    def __init__(self, cfg, options, hooks):
        ddb = cfg["ddb"]
        settings = {
            "endpoint_url": ddb["endpoint"],
            "region_name": ddb["region"],
            "aws_access_key_id": ddb["accessKeyId"],
            "aws_secret_access_key": ddb["secretAccessKey"],
        }
        session = boto3.Session()
        # The resource's own client turns plain values into DynamoDB's and back.
        self._db = session.resource("dynamodb", **settings).meta.client
        self._streams = session.client("dynamodbstreams", **settings)
        self._source, self._view, self._batch = options["source"], options["view"], options["batch"]
        self._hooks = hooks
        self._stream = None
        # Of a shard (iterator, after): `after` is the last record, None before the first batch.
        self._places = {}
        # The last sequence number of each shard.
        self._positions = {}
        # Shards that are closed and read out.
        self._finished = set()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self):
        self._stopping.set()
        self._thread.join()

    def _run(self):
        while not self._stopping.is_set():
            try:
                if self._turn() > 0:
                    continue
            except Exception:
                # Whatever it was, and however it ended: only what is stored counts. Begin again from there.
                self._places.clear()
            self._stopping.wait(POLL_S)
        self._db.close()
        self._streams.close()

    def _turn(self):
        """One batch of each shard that may be read; returns the number of records."""
        records = 0
        for shard in self._readable():
            if not self._stopping.is_set():
                records += self._step(shard)
        return records

    def _readable(self):
        """Shards that are not finished, and whose parents are finished or no longer kept."""
        if self._stream is None:
            self._stream = self._db.describe_table(TableName=self._source)["Table"]["LatestStreamArn"]
        parents = {}
        start = {}
        while True:
            page = self._streams.describe_stream(StreamArn=self._stream, **start)["StreamDescription"]
            parents.update((shard["ShardId"], shard.get("ParentShardId")) for shard in page["Shards"])
            if "LastEvaluatedShardId" not in page:
                break
            start = {"ExclusiveStartShardId": page["LastEvaluatedShardId"]}
        waiting = parents.keys() - self._finished
        return [shard for shard, parent in parents.items() if shard in waiting and parent not in waiting]

    def _step(self, shard):
        iterator, after = self._places.get(shard) or self._resume(shard)
        page = self._streams.get_records(ShardIterator=iterator, Limit=self._batch)
        records, following = page["Records"], page.get("NextShardIterator")
        if records:
            after = self._commit(shard, records)
        self._places[shard] = (following, after)
        if not following:
            self._finished.add(shard)
        return len(records)

    def _resume(self, shard):
        after = self._positions.get(shard)
        start = {"ShardIteratorType": "TRIM_HORIZON"}
        if after:
            start = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": after}
        answer = self._streams.get_shard_iterator(StreamArn=self._stream, ShardId=shard, **start)
        return answer["ShardIterator"], after

    def _commit(self, shard, records):
        """Stores the totals and remembers the position."""
        last = records[-1]["dynamodb"]["SequenceNumber"]
        totals = [
            {
                "Update": {
                    "TableName": self._view,
                    "Key": {"id": f"cat#{category}"},
                    "UpdateExpression": "ADD n :n, #sum :sum",
                    "ExpressionAttributeNames": {"#sum": "sum"},
                    "ExpressionAttributeValues": {":n": n, ":sum": amount},
                }
            }
            for category, (n, amount) in changes(records).items()
        ]
        if "beforeCommit" in self._hooks:
            self._hooks["beforeCommit"](len(records))
        if totals:
            self._db.transact_write_items(TransactItems=totals)
        self._positions[shard] = last
        if "afterCommit" in self._hooks:
            self._hooks["afterCommit"](last)
        return last


def changes(records):
    """What a batch changes in each category's totals: category -> (n, sum)."""
    totals = {}
    for record in records:
        for name, sign in (("OldImage", -1), ("NewImage", 1)):
            image = record["dynamodb"].get(name)
            if image:
                category, amount = _deserialize(image["category"]), _deserialize(image["amount"])
                n, total = totals.get(category, (0, 0))
                totals[category] = (n + sign, total + sign * amount)
    return totals

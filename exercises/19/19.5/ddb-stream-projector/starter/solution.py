import threading

import boto3

# The streams have a client of their own: boto3.client("dynamodbstreams", ...).
# boto3.dynamodb.types.TypeDeserializer makes plain values of a record's image.


def start_projector(cfg, options, hooks=None):
    """options: source, view, batch. hooks may have beforeCommit(records) and afterCommit(sequence_number).
    Returns an object with stop()."""
    raise NotImplementedError

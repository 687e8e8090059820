"""What the code of this section presupposes."""

import boto3


def _with_two_regions(run):
    """Two Regions between which nothing is copied: two replicas in the moment before."""
    ireland, virginia = (boto3.client("dynamodb", region_name=name) for name in ("eu-west-1", "us-east-1"))
    for region in (ireland, virginia):
        region.create_table(
            TableName="users", BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}])
    run(ireland=ireland, virginia=virginia)


c05 = c17 = _with_two_regions

import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'

/** What the code of this section presupposes. */

export async function lesson(run: () => Promise<unknown>) {
  for (const region of ['eu-west-1', 'us-east-1'])
    await new DynamoDBClient({ region }).send(
      new CreateTableCommand({
        TableName: 'names',
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      }),
    )
  await run()
}

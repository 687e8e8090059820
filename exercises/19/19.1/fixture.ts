import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'

/** What the code of this section presupposes. */

/** The table that the lesson's Python has made. */
export async function lesson(run: () => Promise<unknown>) {
  await new DynamoDBClient().send(
    new CreateTableCommand({
      TableName: 'shop',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
      ],
    }),
  )
  await run()
}

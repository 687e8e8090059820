import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'

/** What the code of this section presupposes. */

export async function lesson(run: () => Promise<unknown>) {
  const client = new DynamoDBClient()
  await client.send(
    new CreateTableCommand({
      TableName: 'drafts',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    }),
  )
  await client.send(new PutItemCommand({ TableName: 'drafts', Item: { id: { S: '1' } } }))
  await run()
}

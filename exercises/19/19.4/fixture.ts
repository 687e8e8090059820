import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'

/** What the code of this section presupposes. */

/** No cluster: everything goes to the table. */
export async function lesson(run: () => Promise<unknown>) {
  const client = new DynamoDBClient()
  await client.send(
    new CreateTableCommand({
      TableName: 'products',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    }),
  )
  await client.send(new PutItemCommand({ TableName: 'products', Item: { id: { S: 'lamp' }, stock: { N: '3' } } }))
  await run()
}

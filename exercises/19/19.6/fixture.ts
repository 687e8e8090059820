import assert from 'node:assert/strict'
import { CreateTableCommand, DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb'

/** What the code of this section presupposes. */

export async function lesson(run: () => Promise<unknown>) {
  const client = new DynamoDBClient()
  const all = async (TableName: string) => (await client.send(new ScanCommand({ TableName }))).Items
  for (const [TableName, AttributeName] of [
    ['orders', 'id'],
    ['stock', 'sku'],
  ] as const)
    await client.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName, KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName, AttributeType: 'S' }],
      }),
    )
  await client.send(new PutItemCommand({ TableName: 'stock', Item: { sku: { S: 'lamp' }, qty: { N: '3' } } }))
  await run()
  assert.deepEqual(await all('orders'), [{ id: { S: '7' } }])
  assert.deepEqual(await all('stock'), [{ sku: { S: 'lamp' }, qty: { N: '1' } }])
}

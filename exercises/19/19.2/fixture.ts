import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'

/** What the code of this section presupposes. */

/** What the lesson's Python has made. */
export async function lesson(run: () => Promise<unknown>) {
  const client = new DynamoDBClient()
  await client.send(
    new CreateTableCommand({
      TableName: 'tasks',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['id', 'openTeam', 'due'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'open',
          KeySchema: [
            { AttributeName: 'openTeam', KeyType: 'HASH' },
            { AttributeName: 'due', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
    }),
  )
  for (const [id, due] of [
    ['1', '2026-12-01'],
    ['2', '2026-11-30'],
  ] as const)
    await client.send(
      new PutItemCommand({ TableName: 'tasks', Item: { id: { S: id }, openTeam: { S: 'web' }, due: { S: due } } }),
    )
  await run()
}

import assert from 'node:assert/strict'
import { CreateTableCommand, DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb'

/** What the code of this section presupposes. */

type Commit = (shard: string, before: string | null, last: string, delta: number) => Promise<void>

export async function lesson(run: () => Promise<unknown>) {
  const client = new DynamoDBClient()
  await client.send(
    new CreateTableCommand({
      TableName: 'view',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    }),
  )
  const { commit } = (await run()) as { commit: Commit }
  await commit('s', null, '1', 2)
  await commit('s', '1', '2', 3)
  // The reply of the second got lost, and another reader begins anew.
  for (const before of ['1', null])
    await assert.rejects(commit('s', before, '2', 3), { name: 'TransactionCanceledException' })
  const { Items = [] } = await client.send(new ScanCommand({ TableName: 'view' }))
  assert.deepEqual(Items.map(({ seq, n }) => seq?.S ?? n?.N).sort(), ['2', '5'])
}

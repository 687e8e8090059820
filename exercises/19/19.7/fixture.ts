import assert from 'node:assert/strict'
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'

/** What the code of this section presupposes. */

type Alive = (user: string, count: number) => Promise<Record<string, unknown>[]>

export async function lesson(run: () => Promise<unknown>) {
  const client = new DynamoDBClient()
  await client.send(
    new CreateTableCommand({
      TableName: 'sessions',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: 'user', KeyType: 'HASH' },
        { AttributeName: 'id', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'user', AttributeType: 'S' },
        { AttributeName: 'id', AttributeType: 'S' },
      ],
    }),
  )
  const now = Math.floor(Date.now() / 1000)
  for (let n = 0; n < 10; n++) {
    const exp = n === 4 || n > 6 ? now + 600 : now - 60
    const Item = { user: { S: 'ann' }, id: { S: `s${n}` }, exp: { N: String(exp) } }
    await client.send(new PutItemCommand({ TableName: 'sessions', Item }))
  }
  const { alive } = (await run()) as { alive: Alive }
  const ids = (found: Record<string, unknown>[]) => found.map(({ id }) => id)
  assert.deepEqual(ids(await alive('ann', 3)), ['s4', 's7', 's8'])
  assert.deepEqual(ids(await alive('ann', 9)), ['s4', 's7', 's8', 's9'])
}

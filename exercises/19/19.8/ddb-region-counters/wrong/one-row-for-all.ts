import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'

type Config = { ddb: { endpoint: string; accessKeyId: string; secretAccessKey: string } }

const TableName = 'counters'

const clients = new Map<string, DynamoDBDocumentClient>()

function connect({ ddb }: Config, region: string): DynamoDBDocumentClient {
  const { endpoint, accessKeyId, secretAccessKey } = ddb
  let client = clients.get(region)
  if (!client) {
    const credentials = { accessKeyId, secretAccessKey }
    client = DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint, region, credentials }))
    clients.set(region, client)
  }
  return client
}

export async function add(cfg: Config, region: string, id: string, delta: number): Promise<void> {
  if (!Number.isSafeInteger(delta)) throw Object.assign(new Error('BAD_DELTA'), { code: 'BAD_DELTA' })
  await connect(cfg, region).send(
    new UpdateCommand({
      TableName,
      Key: { id, part: 'all' },
      // Atomic in this Region, and starts a row that is not there.
      UpdateExpression: 'ADD n :delta',
      ExpressionAttributeValues: { ':delta': delta },
    }),
  )
}

export async function value(cfg: Config, region: string, id: string): Promise<number> {
  // One row a Region: far from a second page.
  const { Items = [] } = await connect(cfg, region).send(
    new QueryCommand({
      TableName,
      KeyConditionExpression: 'id = :id',
      ExpressionAttributeValues: { ':id': id },
      ConsistentRead: true,
    }),
  )
  return Items.reduce((sum, { n }) => sum + n, 0)
}

export async function close(): Promise<void> {
  for (const client of clients.values()) client.destroy()
  clients.clear()
}

import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'

type Config = { ddb: { endpoint: string; accessKeyId: string; secretAccessKey: string } }

const TableName = 'counters'

const clients = new Map<string, { client: DynamoDBClient; documents: DynamoDBDocumentClient }>()

function connect({ ddb }: Config, region: string): DynamoDBDocumentClient {
  const { endpoint, accessKeyId, secretAccessKey } = ddb
  let pair = clients.get(region)
  if (!pair) {
    const client = new DynamoDBClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey } })
    pair = { client, documents: DynamoDBDocumentClient.from(client) }
    clients.set(region, pair)
  }
  return pair.documents
}

export async function add(cfg: Config, region: string, id: string, delta: number): Promise<void> {
  if (!Number.isSafeInteger(delta)) throw Object.assign(new Error('BAD_DELTA'), { code: 'BAD_DELTA' })
  await connect(cfg, region).send(
    new UpdateCommand({
      TableName,
      // One writing Region for each row, so replication never has to choose between two versions.
      Key: { id, part: region },
      // Atomic in this Region, and starts a row that is not there.
      UpdateExpression: 'ADD n :delta',
      ExpressionAttributeValues: { ':delta': delta },
    }),
  )
}

export async function value(cfg: Config, region: string, id: string): Promise<number> {
  const rows = await Promise.all(
    ['us-east-1', 'eu-west-1'].map((part) =>
      connect(cfg, part).send(new GetCommand({ TableName, Key: { id, part }, ConsistentRead: true })),
    ),
  )
  return rows.reduce((sum, { Item }) => sum + (Item?.n ?? 0), 0)
}

export async function close(): Promise<void> {
  // The document client's own destroy() does nothing.
  for (const { client } of clients.values()) client.destroy()
  clients.clear()
}

import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'

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
  // The document client's own destroy() does nothing.
  for (const { client } of clients.values()) client.destroy()
  clients.clear()
}

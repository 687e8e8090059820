import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb'

type Config = { ddb: { endpoint: string; region: string; accessKeyId: string; secretAccessKey: string } }
type Item = { at: number; msg: string }
type Key = { device: string; at: number }

let client: DynamoDBClient | undefined
let documents: DynamoDBDocumentClient | undefined

function connect({ ddb }: Config): DynamoDBDocumentClient {
  const { endpoint, region, accessKeyId, secretAccessKey } = ddb
  client ??= new DynamoDBClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey } })
  documents ??= DynamoDBDocumentClient.from(client)
  return documents
}

export async function listErrors(
  cfg: Config,
  device: string,
  { limit, cursor }: { limit: number; cursor?: string | null },
): Promise<{ items: Item[]; next: string | null }> {
  let startKey = cursor == null ? undefined : keyOf(cursor, device)
  const found: Item[] = []
  const page = await connect(cfg).send(
      new QueryCommand({
        TableName: 'events',
        KeyConditionExpression: 'device = :device',
        FilterExpression: '#level = :error',
        ExpressionAttributeNames: { '#level': 'level' },
        ExpressionAttributeValues: { ':device': device, ':error': 'ERROR' },
        ExclusiveStartKey: startKey,
        Limit: limit,
      }),
    )
    found.push(...((page.Items ?? []) as Item[]))
    startKey = page.LastEvaluatedKey as Key | undefined

  const items = found.slice(0, limit).map(({ at, msg }) => ({ at, msg }))
  return { items, next: startKey ? cursorOf(startKey) : null }
}

/** Names the last event that was returned. The engine's own key names the last that was read, which lies behind the surplus. */
const cursorOf = ({ device, at }: Key) => Buffer.from(JSON.stringify([device, at])).toString('base64url')

function keyOf(cursor: string, device: string): Key {
  try {
    const [of, at] = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    if (of === device && Number.isSafeInteger(at)) return { device, at }
  } catch {
    // Neither Base64 of JSON nor a list: refused like the rest.
  }
  throw Object.assign(new Error('BAD_CURSOR'), { code: 'BAD_CURSOR' })
}

export async function close(): Promise<void> {
  // The document client's own destroy() does nothing.
  client?.destroy()
  client = undefined
  documents = undefined
}

import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb'

type Config = { ddb: { endpoint: string; region: string; accessKeyId: string; secretAccessKey: string } }
type Item = { at: number; msg: string }

/** What one request may read; how much of it passes the filter is another matter. */
const eventsPerRequest = 200

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
  const skip = cursor == null ? 0 : countOf(cursor, device)
  let startKey: Record<string, unknown> | undefined
  const found: Item[] = []
  do {
    const page = await connect(cfg).send(
      new QueryCommand({
        TableName: 'events',
        KeyConditionExpression: 'device = :device',
        FilterExpression: '#level = :error',
        ExpressionAttributeNames: { '#level': 'level' },
        ExpressionAttributeValues: { ':device': device, ':error': 'ERROR' },
        ExclusiveStartKey: startKey,
        Limit: eventsPerRequest,
      }),
    )
    found.push(...((page.Items ?? []) as Item[]))
    startKey = page.LastEvaluatedKey
    // One more than fits: nothing else proves that there is another page.
  } while (startKey && found.length <= skip + limit)

  const items = found.slice(skip, skip + limit).map(({ at, msg }) => ({ at, msg }))
  return { items, next: found.length > skip + limit ? cursorOf(device, skip + limit) : null }
}

const cursorOf = (device: string, count: number) => Buffer.from(JSON.stringify([device, count])).toString('base64url')

function countOf(cursor: string, device: string): number {
  try {
    const [of, count] = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    if (of === device && Number.isSafeInteger(count)) return count
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

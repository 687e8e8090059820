import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb'

type Config = { ddb: { endpoint: string; region: string; accessKeyId: string; secretAccessKey: string } }
type Event = { id: string; at: number; body: string }
type Entry = Event & { sk: string }

let client: DynamoDBClient | undefined
let documents: DynamoDBDocumentClient | undefined

function connect({ ddb }: Config): DynamoDBDocumentClient {
  const { endpoint, region, accessKeyId, secretAccessKey } = ddb
  client ??= new DynamoDBClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey } })
  documents ??= DynamoDBDocumentClient.from(client)
  return documents
}

const anyShard = (shards: number) => `feed#${Math.floor(Math.random() * shards)}`

/** Plain ASCII, because JavaScript compares UTF-16 units and DynamoDB bytes of UTF-8: only here do both agree. */
const sortKeyOf = ({ id, at }: Event) => `${String(at).padStart(15, '0')}#${encodeURIComponent(id)}`

export async function append(cfg: Config, { shards }: { shards: number }, event: Event): Promise<void> {
  const Item = { shard: anyShard(shards), sk: sortKeyOf(event), ...event }
  await connect(cfg).send(new PutCommand({ TableName: 'feed', Item }))
}

export async function latest(
  cfg: Config,
  { shards }: { shards: number },
  { limit, cursor }: { limit: number; cursor?: string | null },
): Promise<{ items: Event[]; next: string | null }> {
  const below = cursor == null ? null : sortKeyIn(cursor)
  // All of the newest may lie in one shard: each is asked for a whole page, and for one more to know whether another follows.
  const newest = (shard: number) => queryShard(cfg, `feed#${shard}`, below, limit + 1)
  const parts = await Promise.all(Array.from({ length: shards }, (_, shard) => newest(shard)))
  const merged = parts.flat().sort((a, b) => (a.sk < b.sk ? 1 : -1))
  const page = merged.slice(0, limit)
  const last = page.at(-1)
  return {
    items: page.map(({ id, at, body }) => ({ id, at, body })),
    next: last && merged.length > limit ? Buffer.from(last.sk).toString('base64url') : null,
  }
}

async function queryShard(cfg: Config, shard: string, below: string | null, limit: number): Promise<Entry[]> {
  const { Items } = await connect(cfg).send(
    new QueryCommand({
      TableName: 'feed',
      KeyConditionExpression: below === null ? '#shard = :shard' : '#shard = :shard AND sk < :below',
      ExpressionAttributeNames: { '#shard': 'shard' },
      ExpressionAttributeValues: below === null ? { ':shard': shard } : { ':shard': shard, ':below': below },
      ScanIndexForward: false,
      Limit: limit,
    }),
  )
  return (Items ?? []) as Entry[]
}

/** The cursor is the place in the order behind the last event shown, the same place in every shard. */
function sortKeyIn(cursor: string): string {
  const sortKey = Buffer.from(cursor, 'base64url').toString()
  if (!/^\d{15}#[\w%.!~*'()-]+$/.test(sortKey)) throw Object.assign(new Error('BAD_CURSOR'), { code: 'BAD_CURSOR' })
  return sortKey
}

export async function close(): Promise<void> {
  // The document client's own destroy() does nothing.
  client?.destroy()
  client = undefined
  documents = undefined
}

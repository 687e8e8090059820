import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  PutItemCommand,
  paginateScan,
} from '@aws-sdk/client-dynamodb'

type Config = { ddb: { endpoint: string; region: string; accessKeyId: string; secretAccessKey: string } }
type Options = { table: string; archive: string; segments: number }
/** `now` gives milliseconds since 1970. */
type Env = { now(): Promise<number>; beforeDelete(id: string): Promise<void> }
type Counts = { deleted: number; skipped: number }
/** As the engine writes it: what is only passed on keeps every digit. */
type Item = Record<string, AttributeValue>

const pageSize = 100
/** What is older was never meant as a time, TTL thinks. */
const maxAgeSeconds = 5 * 365 * 86_400

let client: DynamoDBClient | undefined

function connect({ ddb }: Config): DynamoDBClient {
  const { endpoint, region, accessKeyId, secretAccessKey } = ddb
  client ??= new DynamoDBClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey } })
  return client
}

export async function sweep(cfg: Config, options: Options, { now, beforeDelete }: Env): Promise<Counts> {
  const seconds = Math.floor((await now()) / 1000)
  const counts = { deleted: 0, skipped: 0 }
  const sweepSegment = async (segment: number) => {
    const deleted: Item[] = []
    for await (const item of expiredIn(cfg, options, segment, seconds)) {
      await beforeDelete(item.id?.S ?? '')
      if (await remove(cfg, options, item)) deleted.push(item)
      else counts.skipped++
    }
    for (const item of deleted) await keep(cfg, options, item, seconds)
    counts.deleted += deleted.length
  }
  await Promise.all(Array.from({ length: options.segments }, (_, segment) => sweepSegment(segment)))
  return counts
}

async function* expiredIn(cfg: Config, { table, segments }: Options, segment: number, seconds: number) {
  const pages = paginateScan(
    { client: connect(cfg), pageSize },
    {
      TableName: table,
      Segment: segment,
      TotalSegments: segments,
      // True of numbers only: a text is neither smaller nor larger than a number.
      FilterExpression: 'exp <= :now AND exp > :oldest',
      ExpressionAttributeValues: { ':now': { N: `${seconds}` }, ':oldest': { N: `${seconds - maxAgeSeconds}` } },
    },
  )
  for await (const { Items = [] } of pages) yield* Items
}

async function remove(cfg: Config, { table }: Options, { id, exp }: Item): Promise<boolean> {
  try {
    await connect(cfg).send(
      new DeleteItemCommand({
        TableName: table,
        Key: { id: id as AttributeValue },
        ConditionExpression: 'exp = :seen',
        ExpressionAttributeValues: { ':seen': exp as AttributeValue },
      }),
    )
    return true
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false
    throw error
  }
}

async function keep(cfg: Config, { archive }: Options, item: Item, seconds: number): Promise<void> {
  // With the expiry, because an id may come back and expire again.
  const entry = { ...item, id: { S: `${item.id?.S}#${item.exp?.N}` }, archivedAt: { N: `${seconds}` } }
  await connect(cfg).send(new PutItemCommand({ TableName: archive, Item: entry }))
}

export async function close(): Promise<void> {
  client?.destroy()
  client = undefined
}

import { setTimeout as pause } from 'node:timers/promises'
import {
  type AttributeValue,
  DynamoDBClient,
  paginateScan,
  TransactionCanceledException,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb'

type Config = { ddb: { endpoint: string; region: string; accessKeyId: string; secretAccessKey: string } }
type Options = { table: string; archive: string; segments: number }
/** `now` gives milliseconds since 1970. */
type Env = { now(): Promise<number>; beforeDelete(id: string): Promise<void> }
type Counts = { deleted: number; skipped: number }
/** As the engine writes it: what is only passed on keeps every digit. */
type Item = Record<string, AttributeValue>

const pageSize = 100
const maxAttempts = 8
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
    for await (const item of expiredIn(cfg, options, segment, seconds)) {
      await beforeDelete(item.id?.S ?? '')
      counts[await move(cfg, options, item, seconds)]++
    }
  }
  for (let segment = 0; segment < options.segments; segment++) await sweepSegment(segment)
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

/** Into the archive and out of the table, if its expiry is still the one that was seen. */
async function move(cfg: Config, { table, archive }: Options, item: Item, seconds: number): Promise<keyof Counts> {
  const { id, exp } = item as { id: AttributeValue.SMember; exp: AttributeValue.NMember }
  const actions = [
    {
      Delete: {
        TableName: table,
        Key: { id },
        ConditionExpression: 'exp = :seen',
        ExpressionAttributeValues: { ':seen': exp },
      },
    },
    {
      Put: {
        TableName: archive,
        // With the expiry, because an id may come back and expire again.
        Item: { ...item, id: { S: `${id.S}#${exp.N}` }, archivedAt: { N: `${seconds}` } },
      },
    },
  ]
  for (let attempt = 1; ; attempt++) {
    try {
      await connect(cfg).send(new TransactWriteItemsCommand({ TransactItems: actions }))
      return 'deleted'
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error
      const reasons = (error.CancellationReasons ?? []).map(({ Code }) => Code)
      if (reasons.includes('ConditionalCheckFailed')) return 'skipped'
      if (!reasons.includes('TransactionConflict') || attempt === maxAttempts) throw error
      await pause(Math.random() * 5 * 2 ** attempt)
    }
  }
}

export async function close(): Promise<void> {
  client?.destroy()
  client = undefined
}

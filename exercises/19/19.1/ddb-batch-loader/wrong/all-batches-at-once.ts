import { type AttributeValue, BatchWriteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { marshall } from '@aws-sdk/util-dynamodb'

type Config = { ddb: { endpoint: string; region: string; accessKeyId: string; secretAccessKey: string } }
type Key = { pk: string; sk: number }
type Item = Key & Record<string, unknown>
type Environment = { sleep: (ms: number) => Promise<unknown>; maxParallel: number }
type Report = { written: number; rejected: Key[] }
type Target = { client: DynamoDBClient; table: string; sleep: Environment['sleep'] }

const itemsPerBatch = 25
const firstPauseMs = 100
const longestPauseMs = 2_000

let client: DynamoDBClient | undefined

function connect({ ddb }: Config): DynamoDBClient {
  const { endpoint, region, accessKeyId, secretAccessKey } = ddb
  client ??= new DynamoDBClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey } })
  return client
}

export async function loadAll(
  cfg: Config,
  table: string,
  items: Item[],
  { sleep }: Environment,
): Promise<Report> {
  const target = { client: connect(cfg), table, sleep }
  const batches = inBatches(lastOfEachKey(items))
  const report: Report = { written: 0, rejected: [] }
  for (const { written, rejected } of await Promise.all(batches.map((batch) => load(target, batch)))) {
    report.written += written
    report.rejected.push(...rejected)
  }
  return report
}

/** A batch may name a key only once, and batches that run side by side have no order. */
const lastOfEachKey = (items: Item[]): Item[] => [
  ...new Map(items.map((item) => [JSON.stringify([item.pk, item.sk]), item])).values(),
]

const inBatches = (items: Item[]): Item[][] =>
  Array.from({ length: Math.ceil(items.length / itemsPerBatch) }, (_, i) =>
    items.slice(i * itemsPerBatch, (i + 1) * itemsPerBatch),
  )

/** One invalid item has its whole batch refused, and the refusal does not say which: halve until it stands alone. */
async function load(target: Target, batch: Item[]): Promise<Report> {
  try {
    await write(target, batch)
    return { written: batch.length, rejected: [] }
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ValidationException') throw error
    const [first] = batch
    if (first && batch.length === 1) return { written: 0, rejected: [{ pk: first.pk, sk: first.sk }] }
    const middle = batch.length >> 1
    const left = await load(target, batch.slice(0, middle))
    const right = await load(target, batch.slice(middle))
    return { written: left.written + right.written, rejected: [...left.rejected, ...right.rejected] }
  }
}

/** What comes back unprocessed is in the engine's own form, and goes out again as it is. */
async function write({ client, table, sleep }: Target, batch: Item[]): Promise<void> {
  let requests: { PutRequest?: { Item: Record<string, AttributeValue> | undefined } }[] = batch.map((item) => ({
    PutRequest: { Item: marshall(item) },
  }))
  for (let resends = 0; requests.length > 0; resends++) {
    if (resends > 0) await sleep(pauseMs(resends))
    const { UnprocessedItems } = await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests } }))
    requests = UnprocessedItems?.[table] ?? []
  }
}

/** Growing, so that a table in need gets time; random, so that batches which failed together do not return together. */
function pauseMs(resends: number): number {
  const longest = Math.min(longestPauseMs, firstPauseMs * 2 ** (resends - 1))
  return Math.round(longest * (0.5 + Math.random() / 2))
}

export async function close(): Promise<void> {
  client?.destroy()
  client = undefined
}

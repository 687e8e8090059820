import { randomUUID } from 'node:crypto'
import { ConditionalCheckFailedException, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'

type Config = { ddb: { endpoint: string; region: string; accessKeyId: string; secretAccessKey: string } }
/** In DynamoDB's own JSON: `{ id: { S: 'job-1' }, … }`. */
type Item = Record<string, { S: string } | { N: string }>
type Options = { maxAttempts: number; baseMs: number; capMs: number; deadlineMs: number }
type Env = { now(): Promise<number>; sleep(ms: number): Promise<void>; random(): Promise<number> }

let client: DynamoDBClient | undefined

function connect({ ddb }: Config): DynamoDBClient {
  const { endpoint, region, accessKeyId, secretAccessKey } = ddb
  // One attempt: the SDK's own retries know neither our clock nor our deadline.
  client ??= new DynamoDBClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey }, maxAttempts: 1 })
  return client
}

const failure = (code: string, cause: unknown) => Object.assign(new Error(code, { cause }), { code })

export async function createOnce(
  cfg: Config,
  table: string,
  item: Item,
  { maxAttempts, baseMs, capMs, deadlineMs }: Options,
  { now, sleep, random }: Env,
): Promise<{ attempts: number }> {
  const endMs = (await now()) + deadlineMs
  // One for the whole call: it is how a later attempt knows an earlier one's item.
  const requestId = randomUUID()
  for (let attempts = 1; ; attempts++) {
    try {
      await put(cfg, table, { ...item, requestId: { S: requestId } })
      return { attempts }
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) {
        if (error.Item?.requestId?.S === requestId) return { attempts }
        throw failure('EXISTS', error)
      }
      if (attempts === maxAttempts) throw failure('EXHAUSTED', error)
      const pauseMs = (await random()) * Math.min(capMs, baseMs * 2 ** (attempts - 1))
      if ((await now()) + pauseMs >= endMs) throw failure('DEADLINE', error)
      await sleep(pauseMs)
    }
  }
}

const put = (cfg: Config, TableName: string, Item: Item) =>
  connect(cfg).send(
    new PutItemCommand({
      TableName,
      Item,
      ConditionExpression: 'attribute_not_exists(id)',
      // The item that is there comes with the refusal, so that no second request is needed to look whose it is.
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    }),
  )

export async function close(): Promise<void> {
  client?.destroy()
  client = undefined
}

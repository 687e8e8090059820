import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  paginateQuery,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb'

type Config = { ddb: { endpoint: string; region: string; accessKeyId: string; secretAccessKey: string } }
type NewSession = { user: string; id: string; data: string; ttlSeconds: number }
/** Milliseconds since 1970. */
type Now = () => Promise<number>

const TableName = 'sessions'
/** Items that one request of `listIds` reads at most, dead ones included. */
const pageSize = 100

let client: DynamoDBClient | undefined
let documents: DynamoDBDocumentClient | undefined

function connect({ ddb }: Config): DynamoDBDocumentClient {
  const { endpoint, region, accessKeyId, secretAccessKey } = ddb
  client ??= new DynamoDBClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey } })
  documents ??= DynamoDBDocumentClient.from(client)
  return documents
}

/** A session lives while this is below its `exp`. */
const secondsOf = async (now: Now) => Math.floor((await now()) / 1000)

export async function create(cfg: Config, session: NewSession, now: Now): Promise<boolean> {
  const { user, id, data, ttlSeconds } = session
  const seconds = await secondsOf(now)
  return happened(
    connect(cfg).send(
      new PutCommand({
        TableName,
        Item: { user, id, data, exp: seconds + ttlSeconds },
        // Whether or not the background has deleted a dead one, it is in nobody's way.
        ConditionExpression: 'attribute_not_exists(id) OR exp <= :now',
        ExpressionAttributeValues: { ':now': seconds },
      }),
    ),
  )
}

export async function get(
  cfg: Config,
  user: string,
  id: string,
  now: Now,
): Promise<{ data: string; expiresAt: Date } | null> {
  const { Item } = await connect(cfg).send(new GetCommand({ TableName, Key: { user, id }, ConsistentRead: true }))
  if (!Item || Item.exp <= (await secondsOf(now))) return null
  return { data: Item.data, expiresAt: new Date(Item.exp * 1000) }
}

export async function renew(cfg: Config, user: string, id: string, ttlSeconds: number, now: Now): Promise<boolean> {
  const seconds = await secondsOf(now)
  return happened(
    connect(cfg).send(
      new UpdateCommand({
        TableName,
        Key: { user, id },
        UpdateExpression: 'SET exp = :next',
        // False for an item that is not there as well, so the update creates none.
        ConditionExpression: 'exp > :now',
        ExpressionAttributeValues: { ':next': seconds + ttlSeconds, ':now': seconds },
      }),
    ),
  )
}

export async function listIds(
  cfg: Config,
  user: string,
  { limit, after }: { limit: number; after?: string },
  now: Now,
): Promise<string[]> {
  const pages = paginateQuery(
    { client: connect(cfg), pageSize },
    {
      TableName,
      ConsistentRead: true,
      KeyConditionExpression: '#user = :user',
      FilterExpression: 'exp > :now',
      ExpressionAttributeNames: { '#user': 'user' },
      ExpressionAttributeValues: { ':user': user, ':now': await secondsOf(now) },
    },
  )
  const ids: string[] = []
  for await (const { Items = [] } of pages) ids.push(...Items.map(({ id }) => id))
  const start = after === undefined ? 0 : ids.indexOf(after) + 1
  return ids.slice(start, start + limit)
}

export async function drop(cfg: Config, user: string, id: string): Promise<void> {
  await connect(cfg).send(new DeleteCommand({ TableName, Key: { user, id } }))
}

/** False where the condition did not hold. */
async function happened(write: Promise<unknown>): Promise<boolean> {
  try {
    await write
    return true
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false
    throw error
  }
}

export async function close(): Promise<void> {
  // The document client's own destroy() does nothing.
  client?.destroy()
  client = undefined
  documents = undefined
}

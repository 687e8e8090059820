import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DeleteCommand, DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { Redis } from 'ioredis'

type Config = {
  ddb: { endpoint: string; region: string; accessKeyId: string; secretAccessKey: string }
  redis: { host: string; port: number; username: string; password: string; prefix: string }
}
type Key = Record<string, string | number>
type Item = Record<string, unknown>
type Read = { table: string; key: Key; consistent?: boolean; project?: string[]; ttlMs: number }
type Put = {
  table: string
  keys: string[]
  item: Item
  condition?: string
  values?: Record<string, unknown>
  ttlMs: number
}
type Add = { table: string; key: Key; attr: string; delta: number; ttlMs: number }
type Delete = { table: string; key: Key; ttlMs: number }

const cacheTimeoutMs = 1_000

let clients: { client: DynamoDBClient; db: DynamoDBDocumentClient; cache: Redis } | undefined

function connect(cfg: Config) {
  if (!clients) {
    const { endpoint, region, accessKeyId, secretAccessKey } = cfg.ddb
    const { host, port, username, password } = cfg.redis
    const client = new DynamoDBClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey } })
    const cache = new Redis({
      host,
      port,
      username,
      password,
      commandTimeout: cacheTimeoutMs,
      // A command that was given up must not be sent later: what it stores would be old by then.
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
    })
    // It connects again by itself; who asks meanwhile gets an error of the command.
    cache.on('error', () => {})
    clients = { client, db: DynamoDBDocumentClient.from(client), cache }
  }
  return clients
}

export async function getItem(cfg: Config, request: Read): Promise<Item | null> {
  const { table, key, consistent = false, project, ttlMs } = request
  const { db, cache } = connect(cfg)
  const fromTable = async () => {
    const { Item } = await db.send(new GetCommand({ TableName: table, Key: key, ConsistentRead: consistent }))
    return Item ?? null
  }
  if (consistent) return pick(await fromTable(), project)

  const name = entryName(cfg, table, key)
  let entry: string | null
  try {
    entry = await cache.get(name)
  } catch {
    return pick(await fromTable(), project)
  }
  if (entry !== null) return pick(JSON.parse(entry), project)
  const item = await fromTable()
  // Only into an empty place: a write that went through meanwhile knows better.
  await cache.set(name, JSON.stringify(item), 'PX', ttlMs, 'NX').catch(() => {})
  return pick(item, project)
}

export async function putItem(cfg: Config, request: Put): Promise<void> {
  const { table, keys, item, condition, values, ttlMs } = request
  const put = { TableName: table, Item: item, ConditionExpression: condition, ExpressionAttributeValues: values }
  try {
    await connect(cfg).db.send(new PutCommand(put))
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException)
      throw Object.assign(new Error('CONDITION_FAILED'), { code: 'CONDITION_FAILED' })
    throw error
  }
  const key = Object.fromEntries(keys.map((name) => [name, item[name]])) as Key
  await replace(cfg, table, key, item, ttlMs)
}

export async function addTo(cfg: Config, { table, key, attr, delta, ttlMs }: Add): Promise<Item> {
  const update = new UpdateCommand({
    TableName: table,
    Key: key,
    UpdateExpression: 'ADD #attr :delta',
    ExpressionAttributeNames: { '#attr': attr },
    ExpressionAttributeValues: { ':delta': delta },
    ReturnValues: 'ALL_NEW',
  })
  const { Attributes = {} } = await connect(cfg).db.send(update)
  await replace(cfg, table, key, Attributes, ttlMs)
  return Attributes
}

export async function deleteItem(cfg: Config, { table, key, ttlMs }: Delete): Promise<void> {
  await connect(cfg).db.send(new DeleteCommand({ TableName: table, Key: key }))
  await replace(cfg, table, key, null, ttlMs)
}

/** After a write that the table has accepted: the next reader fetches what is there now. */
async function replace(cfg: Config, table: string, key: Key, item: Item | null, ttlMs: number): Promise<void> {
  const { cache } = connect(cfg)
  await cache.del(entryName(cfg, table, key)).catch(() => {})
}

/** JSON keeps apart what joining would mix up, numbers from texts too. */
const entryName = (cfg: Config, table: string, key: Key) =>
  `${cfg.redis.prefix}item:${JSON.stringify([table, Object.entries(key).sort()])}`

const pick = (item: Item | null, project?: string[]): Item | null =>
  item && project ? Object.fromEntries(project.filter((name) => name in item).map((name) => [name, item[name]])) : item

export async function close(): Promise<void> {
  // The document client's own destroy() does nothing.
  clients?.client.destroy()
  clients?.cache.disconnect()
  clients = undefined
}

import { createHash } from 'node:crypto'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import {
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
} from '@aws-sdk/lib-dynamodb'
import { Redis } from 'ioredis'

type Config = {
  ddb: { endpoint: string; region: string; accessKeyId: string; secretAccessKey: string }
  redis: { host: string; port: number; username: string; password: string; prefix: string }
}
type Item = Record<string, unknown>
type Page = { Items: Item[]; LastEvaluatedKey: Item | null }

let clients: { client: DynamoDBClient; db: DynamoDBDocumentClient; cache: Redis } | undefined

function connect(cfg: Config) {
  if (!clients) {
    const { endpoint, region, accessKeyId, secretAccessKey } = cfg.ddb
    const { host, port, username, password } = cfg.redis
    const client = new DynamoDBClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey } })
    clients = {
      client,
      db: DynamoDBDocumentClient.from(client),
      cache: new Redis({ host, port, username, password }),
    }
  }
  return clients
}

export async function query(cfg: Config, params: QueryCommandInput, { ttlMs }: { ttlMs: number }): Promise<Page> {
  const { db, cache } = connect(cfg)
  const fromTable = async (): Promise<Page> => {
    const { Items = [], LastEvaluatedKey = null } = await db.send(new QueryCommand(params))
    return { Items, LastEvaluatedKey }
  }
  if (params.ConsistentRead) return fromTable()

  const name = entryName(cfg, 'query', params)
  const entry = await cache.get(name)
  if (entry !== null) return JSON.parse(entry)
  const page = await fromTable()
  await cache.set(name, JSON.stringify(page), 'PX', ttlMs)
  return page
}

export async function getItem(
  cfg: Config,
  table: string,
  key: Item,
  { ttlMs }: { ttlMs: number },
): Promise<Item | null> {
  const { db, cache } = connect(cfg)
  const name = entryName(cfg, 'item', { table, key })
  const entry = await cache.get(name)
  if (entry !== null) return JSON.parse(entry)
  const { Item: item = null } = await db.send(new GetCommand({ TableName: table, Key: key }))
  await cache.set(name, JSON.stringify(item), 'PX', ttlMs)
  return item
}

export async function putItem(
  cfg: Config,
  table: string,
  keys: string[],
  item: Item,
  { ttlMs }: { ttlMs: number },
): Promise<void> {
  const { db, cache } = connect(cfg)
  await db.send(new PutCommand({ TableName: table, Item: item }))
  const key = Object.fromEntries(keys.map((name) => [name, item[name]]))
  await cache.set(entryName(cfg, 'item', { table, key }), JSON.stringify(item), 'PX', ttlMs)
}

/** One name for everything that means the same; the first word keeps the two caches apart. */
function entryName(cfg: Config, kind: 'query' | 'item', about: unknown): string {
  const hash = createHash('sha256')
    .update(JSON.stringify(canonical(about)))
    .digest('base64url')
  return `${cfg.redis.prefix}${kind}:${hash}`
}

/** Names of objects in one order, all the way down. The order of a list means something and stays. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical)
  if (typeof value !== 'object' || value === null) return value
  const sorted = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(sorted.map(([name, inner]) => [name, canonical(inner)]))
}

export async function close(): Promise<void> {
  // The document client's own destroy() does nothing.
  clients?.client.destroy()
  clients?.cache.disconnect()
  clients = undefined
}

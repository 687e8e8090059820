import { setTimeout as pause } from 'node:timers/promises'
import { DynamoDBClient, TransactionCanceledException } from '@aws-sdk/client-dynamodb'
import {
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
} from '@aws-sdk/lib-dynamodb'

type Config = { ddb: { endpoint: string; region: string; accessKeyId: string; secretAccessKey: string } }
type Line = { sku: string; qty: number }
type Order = { orderId: string; placedAt: Date }
type Range = { from: Date; to: Date; limit: number; cursor?: string | null }

const TableName = 'shop'
const maxAttempts = 6

let client: DynamoDBClient | undefined
let documents: DynamoDBDocumentClient | undefined

function connect({ ddb }: Config): DynamoDBDocumentClient {
  const { endpoint, region, accessKeyId, secretAccessKey } = ddb
  client ??= new DynamoDBClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey } })
  documents ??= DynamoDBDocumentClient.from(client)
  return documents
}

const failure = (code: string) => Object.assign(new Error(code), { code })

/** Parts of a key: each one percent-encoded, so that no part can hold the separator. */
const key = (...parts: string[]) => parts.map(encodeURIComponent).join('#')

const customerKey = (customerId: string) => key('C', customerId)
const linesKey = (customerId: string, orderId: string) => key('L', customerId, orderId)
/** ISO 8601 in UTC has the same length for every time, and sorts like it. The colons need no encoding here. */
const timeKey = (time: Date) => `O#${time.toISOString()}`
const orderKey = ({ orderId, placedAt }: Order) => `${timeKey(placedAt)}#${key(orderId)}`

export async function putCustomer(cfg: Config, { id, name }: { id: string; name: string }): Promise<void> {
  await connect(cfg).send(new PutCommand({ TableName, Item: { pk: customerKey(id), sk: 'PROFILE', id, name } }))
}

export async function getCustomer(cfg: Config, id: string): Promise<{ id: string; name: string } | null> {
  const { Item } = await connect(cfg).send(new GetCommand({ TableName, Key: { pk: customerKey(id), sk: 'PROFILE' } }))
  return Item ? { id: Item.id, name: Item.name } : null
}

export async function addOrder(cfg: Config, customerId: string, order: Order & { lines: Line[] }): Promise<void> {
  const { orderId, placedAt, lines } = order
  const pk = customerKey(customerId)
  const items = [
    // The id alone: an order of another date would have another key, and nothing would stand in its way.
    { pk, sk: key('ID', orderId) },
    { pk, sk: orderKey(order), orderId, placedAt: placedAt.toISOString() },
    ...lines.map(({ sku, qty }, index) => ({
      pk: linesKey(customerId, orderId),
      sk: String(index).padStart(4, '0'),
      sku,
      qty,
    })),
  ]
  const puts = items.map((Item) => ({
    Put: { TableName, Item, ConditionExpression: 'attribute_not_exists(pk)' },
  }))
  for (let attempt = 1; ; attempt++) {
    try {
      await connect(cfg).send(new TransactWriteCommand({ TransactItems: puts }))
      return
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error
      const reasons = (error.CancellationReasons ?? []).map(({ Code }) => Code)
      if (reasons[0] === 'ConditionalCheckFailed') throw failure('ORDER_EXISTS')
      // Somebody else is writing one of the items: that says nothing about whether the order will be there.
      if (!reasons.includes('TransactionConflict') || attempt === maxAttempts) throw error
      await pause(Math.random() * 10 * 2 ** attempt)
    }
  }
}

export async function ordersOf(
  cfg: Config,
  customerId: string,
  { from, to, limit, cursor }: Range,
): Promise<{ orders: Order[]; next: string | null }> {
  const pk = customerKey(customerId)
  const { Items = [] } = await connect(cfg).send(
    new QueryCommand({
      TableName,
      // An order's key goes on behind its time, so it comes after the bare time: `from` is in and `to` is out.
      KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
      ExpressionAttributeValues: { ':pk': pk, ':from': timeKey(from), ':to': timeKey(to) },
      ScanIndexForward: false,
      // One more than fits: nothing else proves that there is another page.
      Limit: limit + 1,
      ...(cursor == null ? {} : { ExclusiveStartKey: { pk, sk: placeOf(cursor, customerId) } }),
    }),
  )
  const orders = Items.slice(0, limit).map(({ orderId, placedAt }) => ({ orderId, placedAt: new Date(placedAt) }))
  const last = orders.at(-1)
  return { orders, next: last && Items.length > limit ? cursorOf(customerId, orderKey(last)) : null }
}

const cursorOf = (customerId: string, sk: string) => Buffer.from(JSON.stringify([customerId, sk])).toString('base64url')

function placeOf(cursor: string, customerId: string): string {
  try {
    const [of, sk] = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    if (of === customerId && typeof sk === 'string' && sk.startsWith('O#')) return sk
  } catch {
    // Neither Base64 of JSON nor a list: refused like the rest.
  }
  throw failure('BAD_CURSOR')
}

export async function orderLines(cfg: Config, customerId: string, orderId: string): Promise<Line[]> {
  const { Items = [] } = await connect(cfg).send(
    new QueryCommand({
      TableName,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': linesKey(customerId, orderId) },
    }),
  )
  return Items.map(({ sku, qty }) => ({ sku, qty }))
}

export async function close(): Promise<void> {
  // The document client's own destroy() does nothing.
  client?.destroy()
  client = undefined
  documents = undefined
}

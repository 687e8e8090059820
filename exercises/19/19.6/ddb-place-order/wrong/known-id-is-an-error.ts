import { setTimeout as pause } from 'node:timers/promises'
import { DynamoDBClient, TransactionCanceledException } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, TransactWriteCommand, type TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb'
import { unmarshall } from '@aws-sdk/util-dynamodb'

type Config = { ddb: { endpoint: string; region: string; accessKeyId: string; secretAccessKey: string } }
type Line = { sku: string; qty: number }
type Order = { orderId: string; customerId: string; lines: Line[] }
type Reason = { Code?: string; Item?: Parameters<typeof unmarshall>[0] }

const maxActions = 100
const maxAttempts = 8
/** Reasons that pass by themselves. A failed condition is an answer and stays one. */
const transient = ['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded']

let client: DynamoDBClient | undefined
let documents: DynamoDBDocumentClient | undefined

function connect({ ddb }: Config): DynamoDBDocumentClient {
  const { endpoint, region, accessKeyId, secretAccessKey } = ddb
  client ??= new DynamoDBClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey } })
  documents ??= DynamoDBDocumentClient.from(client)
  return documents
}

const failure = (code: string, data?: unknown) => Object.assign(new Error(code), { code, data })

export async function placeOrder(cfg: Config, order: Order): Promise<{ orderId: string; replayed: boolean }> {
  const { orderId, customerId } = order
  const lines = merge(order.lines)
  const actions = actionsOf(orderId, customerId, lines)
  for (let attempt = 1; ; attempt++) {
    try {
      await connect(cfg).send(new TransactWriteCommand({ TransactItems: actions }))
      return { orderId, replayed: false }
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error
      const reasons: Reason[] = error.CancellationReasons ?? []
      if (answerOf(reasons, customerId, lines) === 'replayed') return { orderId, replayed: true }
      const passing = reasons.some((reason) => transient.includes(reason.Code ?? ''))
      if (!passing || attempt === maxAttempts) throw error
      await pause(Math.random() * 10 * 2 ** attempt)
    }
  }
}

/** One line a product, sorted: the same order has one form, and a transaction may name an item only once. */
function merge(lines: Line[]): Line[] {
  const quantities = new Map<string, number>()
  for (const { sku, qty } of lines) {
    if (!Number.isInteger(qty) || qty < 1) throw failure('BAD_QTY', { sku })
    quantities.set(sku, (quantities.get(sku) ?? 0) + qty)
  }
  if (quantities.size === 0) throw failure('BAD_QTY')
  // The order and the customer take two of the actions.
  if (quantities.size > maxActions - 2) throw failure('TOO_MANY_LINES')
  return [...quantities].map(([sku, qty]) => ({ sku, qty })).sort((a, b) => (a.sku < b.sku ? -1 : 1))
}

function actionsOf(orderId: string, customerId: string, lines: Line[]): TransactWriteCommandInput['TransactItems'] {
  return [
    {
      Put: {
        TableName: 'orders',
        Item: { id: orderId, customerId, lines },
        ConditionExpression: 'attribute_not_exists(id)',
        // The order that is there comes with the refusal, so that no second request is needed to compare.
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      },
    },
    {
      ConditionCheck: {
        TableName: 'customers',
        Key: { id: customerId },
        ConditionExpression: 'attribute_exists(id) AND (attribute_not_exists(blocked) OR blocked = :no)',
        ExpressionAttributeValues: { ':no': false },
      },
    },
    ...lines.map(({ sku, qty }) => ({
      Update: {
        TableName: 'stock',
        Key: { sku },
        UpdateExpression: 'SET qty = qty - :qty',
        ConditionExpression: 'attribute_exists(sku) AND qty >= :qty',
        ExpressionAttributeValues: { ':qty': qty },
      },
    })),
  ]
}

/** Reasons stand in the order of the actions: order, customer, then one for each line. */
function answerOf([order, customer, ...stock]: Reason[], customerId: string, lines: Line[]): 'replayed' | null {
  const failed = (reason: Reason | undefined) => reason?.Code === 'ConditionalCheckFailed'
  if (failed(order)) throw failure('ORDER_EXISTS')
  if (failed(customer)) throw failure('CUSTOMER_REFUSED')
  const short = lines.filter((_, i) => failed(stock[i])).map(({ sku }) => sku)
  if (short.length > 0) throw failure('OUT_OF_STOCK', { skus: short })
  return null
}

export async function close(): Promise<void> {
  // The document client's own destroy() does nothing.
  client?.destroy()
  client = undefined
  documents = undefined
}

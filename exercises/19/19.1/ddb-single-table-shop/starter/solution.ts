import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, QueryCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb'

type Config = { ddb: { endpoint: string; region: string; accessKeyId: string; secretAccessKey: string } }
type Line = { sku: string; qty: number }
type Order = { orderId: string; placedAt: Date }

// Make one client on the first call and keep it for later calls; close() gives it back.

export async function putCustomer(cfg: Config, { id, name }: { id: string; name: string }): Promise<void> {
  throw new Error('not implemented')
}

export async function getCustomer(cfg: Config, id: string): Promise<{ id: string; name: string } | null> {
  throw new Error('not implemented')
}

export async function addOrder(
  cfg: Config,
  customerId: string,
  { orderId, placedAt, lines }: Order & { lines: Line[] },
): Promise<void> {
  throw new Error('not implemented')
}

export async function ordersOf(
  cfg: Config,
  customerId: string,
  { from, to, limit, cursor }: { from: Date; to: Date; limit: number; cursor?: string | null },
): Promise<{ orders: Order[]; next: string | null }> {
  throw new Error('not implemented')
}

export async function orderLines(cfg: Config, customerId: string, orderId: string): Promise<Line[]> {
  throw new Error('not implemented')
}

export async function close(): Promise<void> {
  throw new Error('not implemented')
}

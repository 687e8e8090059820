import { MongoClient } from 'mongodb'

type Config = { mongo: { url: string; db: string } }
type Query = { from: Date; to: Date; timezone: string; top: number }
type Best = { sku: string; name: string; cents: number; qty: number; buyers: number }
type Month = { month: string; total: number; top: Best[] }

// Open one client on the first call and keep it for later calls; close() gives it back.

export async function monthlyReport(cfg: Config, query: Query): Promise<Month[]> {
  throw new Error('not implemented')
}

export async function close(): Promise<void> {
  throw new Error('not implemented')
}

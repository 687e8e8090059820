import { MongoClient } from 'mongodb'

type Config = { mongo: { url: string; db: string } }
type Request = { tenant: string; limit: number; cursor?: string | null; secret: string }
type Page = { items: { id: string; title: string; score: number }[]; next: string | null }

// Open one client on the first call and keep it for later calls; close() gives it back.

export async function page(cfg: Config, request: Request): Promise<Page> {
  throw new Error('not implemented')
}

export async function close(): Promise<void> {
  throw new Error('not implemented')
}

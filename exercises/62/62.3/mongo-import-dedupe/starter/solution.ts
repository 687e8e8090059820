import { MongoClient } from 'mongodb'

type Config = { mongo: { url: string; db: string } }
type Report = { inserted: number; duplicates: number[]; invalid: number[] }

// Open one client on the first call and keep it for later calls; close() gives it back.

export async function ensureIndexes(cfg: Config): Promise<void> {
  throw new Error('not implemented')
}

export async function importUsers(cfg: Config, rows: unknown[]): Promise<Report> {
  throw new Error('not implemented')
}

export async function close(): Promise<void> {
  throw new Error('not implemented')
}

import { MongoClient } from 'mongodb'

type Config = { mongo: { url: string; db: string } }
type Request = { showId: string; seats: string[]; holder: string; ms: number; requestId: string }

// Open one client on the first call and keep it for later calls; close() gives it back.

export async function hold(cfg: Config, request: Request): Promise<{ until: Date; replayed: boolean }> {
  throw new Error('not implemented')
}

export async function close(): Promise<void> {
  throw new Error('not implemented')
}

import { MongoClient } from 'mongodb'

type Config = { mongo: { url: string; db: string } }
type Options = { collection: string; limit: number; batch: number }

// The client of a call lives as long as the call: whatever happens, no connection is left when it ends.

export async function enrich(
  cfg: Config,
  options: Options,
  fetchOne: (id: string, url: string) => Promise<unknown>,
): Promise<{ done: number; failed: number }> {
  throw new Error('not implemented')
}

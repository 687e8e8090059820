import pg from 'pg'

type Config = { pg: { host: string; port: number; user: string; password: string; database: string } }
type Row = { sku: string; price: string; version: bigint; note: string | null }
type Counts = { inserted: number; updated: number; skipped: number }

/** Loads every chunk of the feed into prices, all or nothing. `nextChunk` answers null when there are no more. */
export async function load(config: Config, nextChunk: () => Promise<Row[] | null>): Promise<Counts> {
  throw new Error('not implemented')
}

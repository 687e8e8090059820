import { Redis } from 'ioredis'

type Config = { redis: { host: string; port: number; username: string; password: string; prefix: string } }
type Row = { player: string; score: number; rank: number }

// Open one client on the first call and keep it: later calls and close() need the same one.

export async function submit(cfg: Config, board: string, player: string, score: number): Promise<void> {
  throw new Error('not implemented')
}

export async function submitMany(cfg: Config, board: string, entries: [player: string, score: number][]): Promise<void> {
  throw new Error('not implemented')
}

export async function rank(cfg: Config, board: string, player: string): Promise<{ score: number; rank: number } | null> {
  throw new Error('not implemented')
}

export async function top(cfg: Config, board: string, n: number): Promise<Row[]> {
  throw new Error('not implemented')
}

export async function around(cfg: Config, board: string, player: string, n: number): Promise<Row[]> {
  throw new Error('not implemented')
}

export async function close(): Promise<void> {
  throw new Error('not implemented')
}

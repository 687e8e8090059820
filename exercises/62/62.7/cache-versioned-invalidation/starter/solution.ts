import { Redis } from 'ioredis'
import pg from 'pg'

type Config = {
  pg: { host: string; port: number; user: string; password: string; database: string }
  redis: { host: string; port: number; username: string; password: string; prefix: string }
}
type User = { id: number; name: string; version: number }
type Hooks = { afterDbRead?: () => Promise<void>; afterCommit?: () => Promise<void> }

export async function getUser(
  cfg: Config,
  id: number,
  hooks: Hooks = {},
): Promise<(User & { from: 'cache' | 'db' }) | null> {
  throw new Error('not implemented')
}

export async function rename(cfg: Config, id: number, name: string, hooks: Hooks = {}): Promise<number | null> {
  throw new Error('not implemented')
}

export async function close(): Promise<void> {
  throw new Error('not implemented')
}

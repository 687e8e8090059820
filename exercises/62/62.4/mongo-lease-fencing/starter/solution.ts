import { MongoClient } from 'mongodb'

type Config = { mongo: { url: string; db: string } }

// Open one client on the first call and keep it for later calls; close() gives it back.

export async function acquire(
  cfg: Config,
  name: string,
  owner: string,
  ms: number,
): Promise<{ fence: number; token: string } | null> {
  throw new Error('not implemented')
}

export async function renew(cfg: Config, name: string, token: string, ms: number): Promise<boolean> {
  throw new Error('not implemented')
}

export async function release(cfg: Config, name: string, token: string): Promise<boolean> {
  throw new Error('not implemented')
}

export async function fencedWrite(cfg: Config, id: string, fence: number, value: string): Promise<boolean> {
  throw new Error('not implemented')
}

export async function close(): Promise<void> {
  throw new Error('not implemented')
}

import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb'

type Config = { ddb: { endpoint: string; region: string; accessKeyId: string; secretAccessKey: string } }
type NewSession = { user: string; id: string; data: string; ttlSeconds: number }
/** Milliseconds since 1970. */
type Now = () => Promise<number>

// Make one client on the first call and keep it for later calls; close() gives it back.

export async function create(cfg: Config, session: NewSession, now: Now): Promise<boolean> {
  throw new Error('not implemented')
}

export async function get(
  cfg: Config,
  user: string,
  id: string,
  now: Now,
): Promise<{ data: string; expiresAt: Date } | null> {
  throw new Error('not implemented')
}

export async function renew(cfg: Config, user: string, id: string, ttlSeconds: number, now: Now): Promise<boolean> {
  throw new Error('not implemented')
}

export async function listIds(
  cfg: Config,
  user: string,
  page: { limit: number; after?: string },
  now: Now,
): Promise<string[]> {
  throw new Error('not implemented')
}

export async function drop(cfg: Config, user: string, id: string): Promise<void> {
  throw new Error('not implemented')
}

export async function close(): Promise<void> {
  throw new Error('not implemented')
}

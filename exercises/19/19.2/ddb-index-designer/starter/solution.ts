import { type CreateTableCommandInput, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb'

type Config = { ddb: { endpoint: string; region: string; accessKeyId: string; secretAccessKey: string } }
type Message = {
  room: string
  id: string
  likes: number
  author: string
  at: number
  subject: string
  body: string
  flag?: string
}

// Make one client on the first call and keep it for later calls; close() gives it back.

export function createInput(tableName: string): CreateTableCommandInput {
  throw new Error('not implemented')
}

export async function getMessage(cfg: Config, table: string, room: string, id: string): Promise<Message | null> {
  throw new Error('not implemented')
}

export async function topOfRoom(
  cfg: Config,
  table: string,
  room: string,
  count: number,
): Promise<{ id: string; likes: number; author: string }[]> {
  throw new Error('not implemented')
}

export async function byAuthor(
  cfg: Config,
  table: string,
  author: string,
  count: number,
): Promise<{ room: string; id: string; at: number; subject: string }[]> {
  throw new Error('not implemented')
}

export async function flagged(cfg: Config, table: string, flag: string): Promise<{ room: string; id: string }[]> {
  throw new Error('not implemented')
}

export async function close(): Promise<void> {
  throw new Error('not implemented')
}

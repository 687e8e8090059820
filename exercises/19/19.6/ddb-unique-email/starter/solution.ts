import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, GetCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb'

type Config = { ddb: { endpoint: string; region: string; accessKeyId: string; secretAccessKey: string } }

// Make one client on the first call and keep it for later calls; close() gives it back.

export async function register(cfg: Config, user: { id: string; email: string }): Promise<void> {
  throw new Error('not implemented')
}

export async function findByEmail(cfg: Config, email: string): Promise<string | null> {
  throw new Error('not implemented')
}

export async function changeEmail(cfg: Config, id: string, email: string): Promise<void> {
  throw new Error('not implemented')
}

export async function removeUser(cfg: Config, id: string): Promise<boolean> {
  throw new Error('not implemented')
}

export async function close(): Promise<void> {
  throw new Error('not implemented')
}

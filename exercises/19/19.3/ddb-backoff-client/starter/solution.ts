import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'

type Config = { ddb: { endpoint: string; region: string; accessKeyId: string; secretAccessKey: string } }
/** In DynamoDB's own JSON: `{ id: { S: 'job-1' }, … }`. */
type Item = Record<string, { S: string } | { N: string }>
type Options = { maxAttempts: number; baseMs: number; capMs: number; deadlineMs: number }
type Env = { now(): Promise<number>; sleep(ms: number): Promise<void>; random(): Promise<number> }

// Make one client on the first call and keep it for later calls; close() gives it back.

export async function createOnce(
  cfg: Config,
  table: string,
  item: Item,
  options: Options,
  env: Env,
): Promise<{ attempts: number }> {
  throw new Error('not implemented')
}

export async function close(): Promise<void> {
  throw new Error('not implemented')
}

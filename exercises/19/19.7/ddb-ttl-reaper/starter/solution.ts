import { DynamoDBClient, paginateScan, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb'

type Config = { ddb: { endpoint: string; region: string; accessKeyId: string; secretAccessKey: string } }
type Options = { table: string; archive: string; segments: number }
/** `now` gives milliseconds since 1970. */
type Env = { now(): Promise<number>; beforeDelete(id: string): Promise<void> }

// Make one client on the first call and keep it for later calls; close() gives it back.

export async function sweep(
  cfg: Config,
  options: Options,
  env: Env,
): Promise<{ deleted: number; skipped: number }> {
  throw new Error('not implemented')
}

export async function close(): Promise<void> {
  throw new Error('not implemented')
}

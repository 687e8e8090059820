import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams'
import { DynamoDBDocumentClient, TransactWriteCommand } from '@aws-sdk/lib-dynamodb'

type Config = { ddb: { endpoint: string; region: string; accessKeyId: string; secretAccessKey: string } }
type Options = { source: string; view: string; batch: number }
type Hooks = {
  beforeCommit?(records: number): Promise<void>
  afterCommit?(sequenceNumber: string): Promise<void>
}

// @aws-sdk/util-dynamodb has unmarshall(image), which makes plain values of a record's image.

export async function startProjector(
  cfg: Config,
  options: Options,
  hooks: Hooks = {},
): Promise<{ stop(): Promise<void> }> {
  throw new Error('not implemented')
}

import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb'

type Config = { ddb: { endpoint: string; region: string; accessKeyId: string; secretAccessKey: string } }

let client: DynamoDBDocumentClient | undefined

export async function save({ ddb }: Config, key: string, text: string): Promise<void> {
  const { endpoint, region, ...credentials } = ddb
  client ??= DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint, region, credentials }))
  await client.send(new PutCommand({ TableName: 'notes', Item: { key, text } }))
}

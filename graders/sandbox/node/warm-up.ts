import { stripTypeScriptTypes } from 'node:module'

/**
 * Done before the submission comes: what Node and the drivers load and compile at their first use only. The AWS client takes
 * 17 ms for its first request, and 8 after this one, which nobody receives.
 */
export async function warmUp(drivers: string[]): Promise<void> {
  stripTypeScriptTypes('const warm: boolean = true')
  await Promise.all(drivers.map((name) => import(name)))
  if (drivers.includes('@aws-sdk/lib-dynamodb')) await askNobody()
}

/** No socket at all. Every port is one that another process of the submission may listen on, and hold up the start of this one. */
const nobody = { httpAgent: { socketPath: '/dev/null' } }

async function askNobody(): Promise<void> {
  const { DynamoDBClient } = await import('@aws-sdk/client-dynamodb')
  const { DynamoDBDocumentClient, PutCommand } = await import('@aws-sdk/lib-dynamodb')
  const credentials = { accessKeyId: 'none', secretAccessKey: 'none' }
  const client = new DynamoDBClient({
    endpoint: 'http://127.0.0.1',
    region: 'us-east-1',
    credentials,
    maxAttempts: 1,
    requestHandler: nobody,
  })
  const request = new PutCommand({ TableName: 'none', Item: { key: 'none' } })
  await DynamoDBDocumentClient.from(client)
    .send(request)
    .catch(() => {})
  client.destroy()
}

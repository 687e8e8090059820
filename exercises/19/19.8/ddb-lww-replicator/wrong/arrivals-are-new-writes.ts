import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb'

type Config = { ddb: { endpoint: string; accessKeyId: string; secretAccessKey: string } }
type Item = Record<string, AttributeValue>
type Change = { eventName: string; dynamodb: { Keys: Item; OldImage?: Item; NewImage?: Item } }

const TableName = 'profiles'

const clients = new Map<string, DynamoDBClient>()

function connect({ ddb }: Config, region: string): DynamoDBClient {
  const { endpoint, accessKeyId, secretAccessKey } = ddb
  let client = clients.get(region)
  if (!client) {
    client = new DynamoDBClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey } })
    clients.set(region, client)
  }
  return client
}

export async function put(cfg: Config, region: string, pk: string, value: string, nowMs: number): Promise<boolean> {
  return writeIfLater(cfg, region, { ...versionOf(region, pk, nowMs), value: { S: value } })
}

export async function remove(cfg: Config, region: string, pk: string, nowMs: number): Promise<boolean> {
  // A version without a value. Were the item gone, an older write that arrives later would find nothing to lose against.
  return writeIfLater(cfg, region, { ...versionOf(region, pk, nowMs), removed: { BOOL: true } })
}

export async function get(cfg: Config, region: string, pk: string): Promise<string | null> {
  const { Item } = await connect(cfg, region).send(
    new GetItemCommand({ TableName, Key: { pk: { S: pk } }, ConsistentRead: true }),
  )
  return Item?.value?.S ?? null
}

export async function replicate(cfg: Config, region: string, changes: Change[]): Promise<void> {
  for (const { dynamodb } of changes) {
    const version = dynamodb.NewImage
    if (version) await writeIfLater(cfg, region, { ...version, ...versionOf(region, version.pk?.S ?? '', Date.now()) })
  }
}

const versionOf = (region: string, pk: string, nowMs: number): Item => ({
  pk: { S: pk },
  writtenAt: { N: String(nowMs) },
  writtenIn: { S: region },
})

/** The only way into a table: one order of all versions, compared by the engine when it writes. False: too old. */
async function writeIfLater(cfg: Config, region: string, version: Item): Promise<boolean> {
  try {
    await connect(cfg, region).send(
      new PutItemCommand({
        TableName,
        Item: version,
        ConditionExpression: 'attribute_not_exists(pk) OR writtenAt < :at OR (writtenAt = :at AND writtenIn < :in)',
        ExpressionAttributeValues: {
          ':at': version.writtenAt as AttributeValue,
          ':in': version.writtenIn as AttributeValue,
        },
      }),
    )
    return true
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false
    throw error
  }
}

export async function close(): Promise<void> {
  for (const client of clients.values()) client.destroy()
  clients.clear()
}

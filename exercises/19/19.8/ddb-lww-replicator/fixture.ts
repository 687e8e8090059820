import { type AttributeValue, type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb'

/** The table in both Regions, and their streams as the suites play them. */
export const tables = [{ name: 'profiles', hash: 'pk' }]
export const regions = ['us-east-1', 'eu-west-1'] as const
export type Region = (typeof regions)[number]
export const other = (region: Region): Region => (region === 'us-east-1' ? 'eu-west-1' : 'us-east-1')

type Item = Record<string, AttributeValue>
export type Change = {
  eventName: 'INSERT' | 'MODIFY' | 'REMOVE'
  dynamodb: { Keys: Item; OldImage?: Item; NewImage?: Item }
}

/** Each call answers with what changed in this Region since the last one. */
export function streamOf(client: DynamoDBClient): () => Promise<Change[]> {
  let before = new Map<string, Item>()
  return async () => {
    const { Items = [] } = await client.send(new ScanCommand({ TableName: 'profiles', ConsistentRead: true }))
    const now = new Map(Items.map((item) => [item.pk?.S ?? '', item]))
    const changes: Change[] = []
    for (const [pk, NewImage] of now) {
      const OldImage = before.get(pk)
      if (!OldImage) changes.push({ eventName: 'INSERT', dynamodb: { Keys: { pk: { S: pk } }, NewImage } })
      else if (JSON.stringify(sorted(OldImage)) !== JSON.stringify(sorted(NewImage)))
        changes.push({ eventName: 'MODIFY', dynamodb: { Keys: { pk: { S: pk } }, OldImage, NewImage } })
    }
    for (const [pk, OldImage] of before)
      if (!now.has(pk)) changes.push({ eventName: 'REMOVE', dynamodb: { Keys: { pk: { S: pk } }, OldImage } })
    before = now
    return changes
  }
}

const sorted = (item: Item) => Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1))

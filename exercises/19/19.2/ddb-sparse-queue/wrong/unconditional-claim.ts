import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import {
  DynamoDBDocumentClient,
  PutCommand,
  QueryCommand,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb'

type Config = { ddb: { endpoint: string; region: string; accessKeyId: string; secretAccessKey: string } }
type Ticket = { id: string; queue: string; priority: number; at: number }

const entriesPerRequest = 10

let client: DynamoDBClient | undefined
let documents: DynamoDBDocumentClient | undefined

function connect({ ddb }: Config): DynamoDBDocumentClient {
  const { endpoint, region, accessKeyId, secretAccessKey } = ddb
  client ??= new DynamoDBClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey } })
  documents ??= DynamoDBDocumentClient.from(client)
  return documents
}

/** Strings sort by their bytes: padded, so that 100 stands behind 99, and turned round, so that the most urgent is first. */
const rankOf = ({ priority, at }: Ticket) =>
  `${String(999 - priority).padStart(3, '0')}#${String(at).padStart(15, '0')}`

export function openTicket(cfg: Config, ticket: Ticket): Promise<boolean> {
  const Item = { ...ticket, status: 'open', openQueue: ticket.queue, rank: rankOf(ticket) }
  return holds(
    connect(cfg).send(new PutCommand({ TableName: 'tickets', Item, ConditionExpression: 'attribute_not_exists(id)' })),
  )
}

export async function claimNext(cfg: Config, queue: string, worker: string): Promise<string | null> {
  let startKey: Record<string, unknown> | undefined
  do {
    const page = await connect(cfg).send(
      new QueryCommand({
        TableName: 'tickets',
        IndexName: 'open',
        KeyConditionExpression: 'openQueue = :queue',
        ExpressionAttributeValues: { ':queue': queue },
        ExclusiveStartKey: startKey,
        Limit: entriesPerRequest,
      }),
    )
    for (const { id } of page.Items ?? []) if (await claim(cfg, id, worker)) return id
    startKey = page.LastEvaluatedKey
  } while (startKey)
  return null
}

const claim = (cfg: Config, id: string, worker: string): Promise<boolean> =>
  change(cfg, id, {
    UpdateExpression: 'SET #status = :claimed, worker = :worker REMOVE openQueue',
    ExpressionAttributeValues: { ':claimed': 'claimed', ':worker': worker },
  })

export const reopen = (cfg: Config, id: string, worker: string): Promise<boolean> =>
  change(cfg, id, {
    UpdateExpression: 'SET #status = :open, openQueue = queue REMOVE worker',
    ConditionExpression: '#status = :claimed AND worker = :worker',
    ExpressionAttributeValues: { ':claimed': 'claimed', ':open': 'open', ':worker': worker },
  })

export const finish = (cfg: Config, id: string, worker: string): Promise<boolean> =>
  change(cfg, id, {
    UpdateExpression: 'SET #status = :done',
    ConditionExpression: '#status = :claimed AND worker = :worker',
    ExpressionAttributeValues: { ':claimed': 'claimed', ':done': 'done', ':worker': worker },
  })

function change(cfg: Config, id: string, update: Partial<UpdateCommandInput>): Promise<boolean> {
  return holds(
    connect(cfg).send(
      new UpdateCommand({
        TableName: 'tickets',
        Key: { id },
        ExpressionAttributeNames: { '#status': 'status' },
        ...update,
      }),
    ),
  )
}

/** Whether the condition of a write held. */
async function holds(write: Promise<unknown>): Promise<boolean> {
  try {
    await write
    return true
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false
    throw error
  }
}

export async function close(): Promise<void> {
  // The document client's own destroy() does nothing.
  client?.destroy()
  client = undefined
  documents = undefined
}

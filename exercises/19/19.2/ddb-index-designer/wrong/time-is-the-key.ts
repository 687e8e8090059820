import { type CreateTableCommandInput, DynamoDBClient, type KeySchemaElement } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, QueryCommand, type QueryCommandInput } from '@aws-sdk/lib-dynamodb'

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

let client: DynamoDBClient | undefined
let documents: DynamoDBDocumentClient | undefined

function connect({ ddb }: Config): DynamoDBDocumentClient {
  const { endpoint, region, accessKeyId, secretAccessKey } = ddb
  client ??= new DynamoDBClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey } })
  documents ??= DynamoDBDocumentClient.from(client)
  return documents
}

/** One request, and all of its answer: callers bound what they ask for. */
async function query(cfg: Config, request: QueryCommandInput): Promise<Message[]> {
  const { Items = [] } = await connect(cfg).send(new QueryCommand(request))
  return Items as Message[]
}

export function createInput(tableName: string): CreateTableCommandInput {
  return {
    TableName: tableName,
    BillingMode: 'PAY_PER_REQUEST',
    // Keys only: what no key uses is not declared.
    AttributeDefinitions: [
      { AttributeName: 'room', AttributeType: 'S' },
      { AttributeName: 'id', AttributeType: 'S' },
      { AttributeName: 'likes', AttributeType: 'N' },
      { AttributeName: 'author', AttributeType: 'S' },
      { AttributeName: 'at', AttributeType: 'N' },
      { AttributeName: 'flag', AttributeType: 'S' },
    ],
    KeySchema: key('room', 'at'),
    LocalSecondaryIndexes: [
      {
        // Local, because the ranking is read strongly.
        IndexName: 'likes',
        KeySchema: key('room', 'likes'),
        // With what the list shows, or each row would be fetched from the table.
        Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['author', 'id'] },
      },
      {
        IndexName: 'ids',
        KeySchema: key('room', 'id'),
        Projection: { ProjectionType: 'ALL' },
      },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'author',
        KeySchema: key('author', 'at'),
        Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['subject', 'id'] },
      },
      {
        // Sparse: only flagged messages have a flag.
        IndexName: 'flag',
        KeySchema: key('flag', 'at'),
        Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['id'] },
      },
    ],
  }
}

const key = (partition: string, sort: string): KeySchemaElement[] => [
  { AttributeName: partition, KeyType: 'HASH' },
  { AttributeName: sort, KeyType: 'RANGE' },
]

export async function getMessage(cfg: Config, table: string, room: string, id: string): Promise<Message | null> {
  const [found] = await query(cfg, {
    TableName: table,
    IndexName: 'ids',
    KeyConditionExpression: 'room = :room AND id = :id',
    ExpressionAttributeValues: { ':room': room, ':id': id },
    ConsistentRead: true,
  })
  return found ?? null
}

export async function topOfRoom(
  cfg: Config,
  table: string,
  room: string,
  count: number,
): Promise<{ id: string; likes: number; author: string }[]> {
  const messages = await query(cfg, {
    TableName: table,
    IndexName: 'likes',
    KeyConditionExpression: 'room = :room',
    ExpressionAttributeValues: { ':room': room },
    ScanIndexForward: false,
    Limit: count,
    ConsistentRead: true,
  })
  return messages.map(({ id, likes, author }) => ({ id, likes, author }))
}

export async function byAuthor(
  cfg: Config,
  table: string,
  author: string,
  count: number,
): Promise<{ room: string; id: string; at: number; subject: string }[]> {
  const messages = await query(cfg, {
    TableName: table,
    IndexName: 'author',
    KeyConditionExpression: 'author = :author',
    ExpressionAttributeValues: { ':author': author },
    ScanIndexForward: false,
    Limit: count,
  })
  return messages.map(({ room, id, at, subject }) => ({ room, id, at, subject }))
}

export async function flagged(cfg: Config, table: string, flag: string): Promise<{ room: string; id: string }[]> {
  const messages = await query(cfg, {
    TableName: table,
    IndexName: 'flag',
    KeyConditionExpression: 'flag = :flag',
    ExpressionAttributeValues: { ':flag': flag },
  })
  return messages.map(({ room, id }) => ({ room, id }))
}

export async function close(): Promise<void> {
  // The document client's own destroy() does nothing.
  client?.destroy()
  client = undefined
  documents = undefined
}

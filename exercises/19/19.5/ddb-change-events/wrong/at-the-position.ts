import { type AttributeValue, DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type Shard,
} from '@aws-sdk/client-dynamodb-streams'

type Config = { ddb: { endpoint: string; region: string; accessKeyId: string; secretAccessKey: string } }
type Image = Record<string, AttributeValue>
type Identity = { Type?: string; PrincipalId?: string; type?: string; principalId?: string }
type StreamRecord = {
  eventName?: string
  dynamodb?: { Keys?: Image; OldImage?: Image; NewImage?: Image; SequenceNumber?: string }
  userIdentity?: Identity
}
type Plain = Record<string, unknown>
type Event =
  | { type: 'created'; key: Plain; after: Plain }
  | { type: 'changed'; key: Plain; set: Plain; removed: string[] }
  | { type: 'deleted' | 'expired'; key: Plain; before: Plain }
/** Of each shard the sequence number of the last record taken. */
type Position = Record<string, string>

const emptyPagesToGiveUp = 3

let clients: { db: DynamoDBClient; streams: DynamoDBStreamsClient } | undefined

function connect({ ddb }: Config) {
  if (!clients) {
    const { endpoint, region, accessKeyId, secretAccessKey } = ddb
    const settings = { endpoint, region, credentials: { accessKeyId, secretAccessKey } }
    clients = { db: new DynamoDBClient(settings), streams: new DynamoDBStreamsClient(settings) }
  }
  return clients
}

export function toEvent({ eventName, dynamodb, userIdentity }: StreamRecord): Event | null {
  const { Keys = {}, OldImage = {}, NewImage = {} } = dynamodb ?? {}
  const key = plainImage(Keys)
  if (eventName === 'INSERT') return { type: 'created', key, after: plainImage(NewImage) }
  if (eventName === 'REMOVE')
    return { type: isExpiry(userIdentity) ? 'expired' : 'deleted', key, before: plainImage(OldImage) }

  const changed = Object.entries(NewImage).filter(([name, value]) => {
    const old = OldImage[name]
    return old === undefined || canonical(old) !== canonical(value)
  })
  const removed = Object.keys(OldImage).filter((name) => !(name in NewImage))
  if (changed.length === 0 && removed.length === 0) return null
  return { type: 'changed', key, set: plainImage(Object.fromEntries(changed)), removed: removed.sort() }
}

const isExpiry = ({ Type, PrincipalId, type, principalId }: Identity = {}) =>
  (Type ?? type) === 'Service' && (PrincipalId ?? principalId) === 'dynamodb.amazonaws.com'

const plainImage = (image: Image): Plain =>
  Object.fromEntries(Object.entries(image).map(([name, value]) => [name, plain(value)]))

function plain(value: AttributeValue): unknown {
  if (value.N !== undefined) return Number(value.N)
  if (value.B) return Buffer.from(value.B).toString('base64')
  if (value.SS) return [...value.SS].sort()
  if (value.NS) return value.NS.map(Number).sort((a, b) => a - b)
  if (value.BS) return value.BS.map((bytes) => Buffer.from(bytes).toString('base64')).sort()
  if (value.L) return value.L.map(plain)
  if (value.M) return plainImage(value.M)
  return value.NULL ? null : (value.S ?? value.BOOL)
}

/** One text for all values that are equal, and for no others: the type is part of it, order only where it means something. */
function canonical(value: AttributeValue): string {
  const [type] = Object.keys(value)
  if (value.L) return `L[${value.L.map(canonical).join()}]`
  if (value.M) {
    const parts = Object.entries(value.M).map(([name, inner]) => `${JSON.stringify(name)}:${canonical(inner)}`)
    return `M{${parts.sort().join()}}`
  }
  return `${type}${JSON.stringify(plain(value))}`
}

export async function drain(
  cfg: Config,
  table: string,
  position: Position = {},
): Promise<{ events: Event[]; position: Position }> {
  const { Table } = await connect(cfg).db.send(new DescribeTableCommand({ TableName: table }))
  const stream = Table?.LatestStreamArn
  const events: Event[] = []
  const reached = { ...position }
  for (const shard of await shardsOf(cfg, stream)) {
    for await (const record of recordsOf(cfg, stream, shard, position[shard])) {
      const event = toEvent(record)
      if (event) events.push(event)
      reached[shard] = record.dynamodb?.SequenceNumber ?? ''
    }
  }
  return { events, position: reached }
}

/** Ids of all shards, each after its parent. */
async function shardsOf(cfg: Config, StreamArn: string | undefined): Promise<string[]> {
  const shards = new Map<string, Shard>()
  let ExclusiveStartShardId: string | undefined
  do {
    const page = new DescribeStreamCommand({ StreamArn, ExclusiveStartShardId })
    const { StreamDescription } = await connect(cfg).streams.send(page)
    for (const shard of StreamDescription?.Shards ?? []) shards.set(shard.ShardId ?? '', shard)
    ExclusiveStartShardId = StreamDescription?.LastEvaluatedShardId
  } while (ExclusiveStartShardId)

  const sorted = new Set<string>()
  const add = (id: string) => {
    const parent = shards.get(id)?.ParentShardId
    // A parent whose records are all trimmed is no longer listed.
    if (parent && shards.has(parent)) add(parent)
    sorted.add(id)
  }
  for (const id of shards.keys()) add(id)
  return [...sorted]
}

async function* recordsOf(cfg: Config, StreamArn: string | undefined, ShardId: string, after: string | undefined) {
  const { streams } = connect(cfg)
  const start = after
    ? ({ ShardIteratorType: 'AT_SEQUENCE_NUMBER', SequenceNumber: after } as const)
    : ({ ShardIteratorType: 'TRIM_HORIZON' } as const)
  let { ShardIterator } = await streams.send(new GetShardIteratorCommand({ StreamArn, ShardId, ...start }))
  let empty = 0
  while (ShardIterator && empty < emptyPagesToGiveUp) {
    const { Records = [], NextShardIterator } = await streams.send(new GetRecordsCommand({ ShardIterator }))
    yield* Records
    empty = Records.length > 0 ? 0 : empty + 1
    ShardIterator = NextShardIterator
  }
}

export async function close(): Promise<void> {
  clients?.db.destroy()
  clients?.streams.destroy()
  clients = undefined
}

import { setTimeout as pause } from 'node:timers/promises'
import { type AttributeValue, DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type Shard,
  type _Record as StreamRecord,
} from '@aws-sdk/client-dynamodb-streams'
import { DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { unmarshall } from '@aws-sdk/util-dynamodb'

type Config = { ddb: { endpoint: string; region: string; accessKeyId: string; secretAccessKey: string } }
type Options = { source: string; view: string; batch: number }
type Hooks = {
  beforeCommit?(records: number): Promise<void>
  afterCommit?(sequenceNumber: string): Promise<void>
}
/** Where the reading of a shard stands: `after` is what the view has stored, nothing before the first batch. */
type Place = { iterator: string | undefined; after: string | undefined }

const pollMs = 30

export async function startProjector(cfg: Config, options: Options, hooks: Hooks = {}) {
  const projector = new Projector(cfg, options, hooks)
  const running = projector.run()
  return {
    async stop() {
      projector.stopped = true
      await running
    },
  }
}

class Projector {
  stopped = false
  #client: DynamoDBClient
  #db: DynamoDBDocumentClient
  #streams: DynamoDBStreamsClient
  #options: Options
  #hooks: Hooks
  #stream: string | undefined
  #places = new Map<string, Place>()
  /** Shards that are closed and read out. */
  #finished = new Set<string>()

  constructor({ ddb }: Config, options: Options, hooks: Hooks) {
    const { endpoint, region, accessKeyId, secretAccessKey } = ddb
    const settings = { endpoint, region, credentials: { accessKeyId, secretAccessKey } }
    this.#client = new DynamoDBClient(settings)
    this.#db = DynamoDBDocumentClient.from(this.#client)
    this.#streams = new DynamoDBStreamsClient(settings)
    this.#options = options
    this.#hooks = hooks
  }

  async run(): Promise<void> {
    while (!this.stopped) {
      try {
        const records = await this.#turn()
        if (records > 0) continue
      } catch {
        // Whatever it was, and however it ended: only what is stored counts. Begin again from there.
        this.#places.clear()
      }
      await pause(pollMs)
    }
    this.#client.destroy()
    this.#streams.destroy()
  }

  /** One batch of each shard that may be read; returns the number of records. */
  async #turn(): Promise<number> {
    let records = 0
    for (const shard of await this.#readable()) if (!this.stopped) records += await this.#step(shard)
    return records
  }

  /** Shards that are not finished, and whose parents are finished or no longer kept. */
  async #readable(): Promise<string[]> {
    this.#stream ??= (
      await this.#client.send(new DescribeTableCommand({ TableName: this.#options.source }))
    ).Table?.LatestStreamArn
    const shards: Shard[] = []
    let ExclusiveStartShardId: string | undefined
    do {
      const page = new DescribeStreamCommand({ StreamArn: this.#stream, ExclusiveStartShardId })
      const { StreamDescription } = await this.#streams.send(page)
      shards.push(...(StreamDescription?.Shards ?? []))
      ExclusiveStartShardId = StreamDescription?.LastEvaluatedShardId
    } while (ExclusiveStartShardId)
    const waiting = new Set(shards.map(({ ShardId = '' }) => ShardId).filter((id) => !this.#finished.has(id)))
    return shards
      .filter(({ ShardId = '', ParentShardId = '' }) => waiting.has(ShardId) && !waiting.has(ParentShardId))
      .map(({ ShardId = '' }) => ShardId)
  }

  async #step(shard: string): Promise<number> {
    const { iterator, after } = this.#places.get(shard) ?? (await this.#resume(shard))
    const page = new GetRecordsCommand({ ShardIterator: iterator, Limit: this.#options.batch })
    const { Records = [], NextShardIterator } = await this.#streams.send(page)
    const stored = Records.length > 0 ? await this.#commit(shard, after, Records) : after
    this.#places.set(shard, { iterator: NextShardIterator, after: stored })
    if (!NextShardIterator) this.#finished.add(shard)
    return Records.length
  }

  async #resume(shard: string): Promise<Place> {
    const id = positionId(shard)
    const get = new GetCommand({ TableName: this.#options.view, Key: { id }, ConsistentRead: true })
    const after: string | undefined = (await this.#db.send(get)).Item?.after
    const { ShardIterator } = await this.#streams.send(
      new GetShardIteratorCommand({
        StreamArn: this.#stream,
        ShardId: shard,
        ShardIteratorType: after ? 'AFTER_SEQUENCE_NUMBER' : 'TRIM_HORIZON',
        SequenceNumber: after,
      }),
    )
    return { iterator: ShardIterator, after }
  }

  /** Stores the totals, then the position, if it is still the one that the batch begins at. */
  async #commit(shard: string, after: string | undefined, records: StreamRecord[]): Promise<string> {
    const TableName = this.#options.view
    const last = records.at(-1)?.dynamodb?.SequenceNumber ?? ''
    const position = {
      TableName,
      Item: { id: positionId(shard), after: last },
      ConditionExpression: after ? '#after = :after' : 'attribute_not_exists(id)',
      ...(after && {
        ExpressionAttributeNames: { '#after': 'after' },
        ExpressionAttributeValues: { ':after': after },
      }),
    }
    const totals = [...changes(records)].map(([category, { n, sum }]) => ({
      Update: {
        TableName,
        Key: { id: `cat#${category}` },
        UpdateExpression: 'ADD n :n, #sum :sum',
        ExpressionAttributeNames: { '#sum': 'sum' },
        ExpressionAttributeValues: { ':n': n, ':sum': sum },
      },
    }))
    await this.#hooks.beforeCommit?.(records.length)
    for (const { Update } of totals) await this.#db.send(new UpdateCommand(Update))
    await this.#db.send(new PutCommand(position))
    await this.#hooks.afterCommit?.(last)
    return last
  }
}

const positionId = (shard: string) => `position#${shard}`

/** What a batch changes in each category's totals. */
function changes(records: StreamRecord[]): Map<string, { n: number; sum: number }> {
  const totals = new Map<string, { n: number; sum: number }>()
  const count = (image: Record<string, AttributeValue> | undefined, sign: 1 | -1) => {
    if (!image) return
    const { category, amount } = unmarshall(image)
    const { n, sum } = totals.get(category) ?? { n: 0, sum: 0 }
    totals.set(category, { n: n + sign, sum: sum + sign * amount })
  }
  for (const { dynamodb } of records) {
    count(dynamodb?.OldImage, -1)
    count(dynamodb?.NewImage, 1)
  }
  return totals
}

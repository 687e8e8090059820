import { Agent } from 'node:http'
import type { Duplex } from 'node:stream'
import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteTableCommand,
  DynamoDBClient,
  ListTablesCommand,
  ScanCommand as RawScanCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb'
import type { DynamodbAccess } from '../../engines/engine.ts'
import type { Language } from '../../exercise.ts'
import type { EngineLink } from '../back-end.ts'
import { dynamodbInventory } from '../inventory/dynamodb.ts'
import type { DynamodbHandle, TableShape } from '../kit-types.ts'
import { engineFaults } from './faults.ts'
import type { OpenHandle } from './open-handle.ts'
import { Reading } from './reading.ts'
import { createTableInput } from './table-shape.ts'

type Options = { region?: string; tables?: TableShape[]; seed?: (doc: DynamoDBDocumentClient) => Promise<unknown> }

/** What one BatchWriteItem takes. */
const batchSize = 25
/** The engine's relay takes a process a connection. */
const maxSockets = 50

/** `tablesMayChange`: the submission has the right to alter and delete tables. */
export function dynamodbHandle(
  link: EngineLink<DynamodbAccess>,
  language: Language,
  options: Options = {},
  tablesMayChange = false,
): OpenHandle & { handle: DynamodbHandle } {
  const { access } = link
  const region = options.region ?? access.learner.regions[0] ?? ''
  const credentials = { accessKeyId: access.learner.accessKeyId, secretAccessKey: access.learner.secretAccessKey }
  const proxy = link.proxy.region(region)
  const reading = new Reading()
  const client = new DynamoDBClient({
    // The agent decides where it goes: the engine's socket, past the proxy.
    endpoint: 'http://127.0.0.1:8000',
    region,
    credentials,
    requestHandler: { httpAgent: new WatchedAgent(access.upstream, reading) },
  })
  const doc = DynamoDBDocumentClient.from(client, {
    marshallOptions: { removeUndefinedValues: true },
    unmarshallOptions: { wrapNumbers: numberOf },
  })
  const faults = engineFaults(link, async () => {
    link.proxy.forgetUpstream()
    await client.send(new ListTablesCommand({}))
  })
  const tables = options.tables ?? []
  /** Since the last reset; a suite may ask the client itself for a table. */
  let inspectorMadeTables = false
  client.middlewareStack.add(
    (next, { commandName }) =>
      (request) => {
        if (commandName === 'CreateTableCommand') inspectorMadeTables = true
        return next(request)
      },
    { step: 'initialize' },
  )
  const createTable = async (shape: TableShape) =>
    void (await client.send(new CreateTableCommand(createTableInput(shape))))

  const scan = async (table: string) => {
    const items: Record<string, unknown>[] = []
    let ExclusiveStartKey: Record<string, unknown> | undefined
    do {
      const page = await doc.send(new ScanCommand({ TableName: table, ConsistentRead: true, ExclusiveStartKey }))
      items.push(...(page.Items ?? []))
      ExclusiveStartKey = page.LastEvaluatedKey
    } while (ExclusiveStartKey)
    return items
  }
  const tableNames = async () => {
    const names: string[] = []
    let ExclusiveStartTableName: string | undefined
    do {
      const page = await client.send(new ListTablesCommand({ ExclusiveStartTableName }))
      names.push(...(page.TableNames ?? []))
      ExclusiveStartTableName = page.LastEvaluatedTableName
    } while (ExclusiveStartTableName)
    return names
  }
  const drop = (name: string) => client.send(new DeleteTableCommand({ TableName: name }))
  /** Emptied where that is quick and nobody can tell; made again otherwise. */
  const renew = async (shape: TableShape) => {
    if (shape.stream || tablesMayChange) return replace(shape)
    // Keys go back as they came: taken through our numbers, one of 38 digits would name another item.
    const page = await unlessMissing(client.send(new RawScanCommand({ TableName: shape.name, Limit: batchSize + 1 })))
    // After a restart the engine, which keeps everything in memory, has no table.
    if (!page) return createTable(shape)
    const { Items: items = [], LastEvaluatedKey } = page
    if (items.length > batchSize || LastEvaluatedKey) return replace(shape)
    if (items.length === 0) return
    const keys = [shape.hash, ...(shape.range === undefined ? [] : [shape.range])]
    const deletes = items.map((item) => ({
      DeleteRequest: { Key: Object.fromEntries(Object.entries(item).filter(([name]) => keys.includes(name))) },
    }))
    await client.send(new BatchWriteItemCommand({ RequestItems: { [shape.name]: deletes } }))
  }
  const replace = async (shape: TableShape) => {
    await unlessMissing(drop(shape.name))
    await createTable(shape)
  }
  const declared = new Set(tables.map((shape) => shape.name))
  const dropOthers = async () => {
    if (!tablesMayChange && !inspectorMadeTables) return
    inspectorMadeTables = false
    const others = (await tableNames()).filter((name) => !declared.has(name))
    await Promise.all(others.map(drop))
  }

  return {
    kind: access.kind,
    handle: {
      cfg: { ddb: { endpoint: `http://127.0.0.1:${link.port}`, region, ...credentials } },
      inspect: { client, doc },
      createTable,
      scan,
      faults: { pause: faults.pause, restart: faults.restart },
      proxy,
    },
    async setUp() {
      await Promise.all(tables.map(createTable))
    },
    async reset() {
      faults.begin()
      await Promise.all([dropOthers(), ...tables.map(renew)])
      await options.seed?.(doc)
    },
    reading,
    resetProxy: proxy.reset,
    heal: faults.heal,
    inventory: async () => ({ kind: access.kind, ...(await dynamodbInventory(client, language)) }),
    async close() {
      client.destroy()
    },
  }
}

/** Null where there is no such table. */
const unlessMissing = <T>(asked: Promise<T>): Promise<T | null> =>
  asked.catch((error) => {
    if (error instanceof ResourceNotFoundException) return null
    throw error
  })

/** Whole numbers exactly, others as near as JavaScript comes: the SDK's own way throws at `48E17`, and a submission may store that. */
function numberOf(text: string): number | bigint {
  const number = Number(text)
  return Number.isSafeInteger(number) || !/^-?\d+$/.test(text) ? number : BigInt(text)
}

class WatchedAgent extends Agent {
  readonly #path: string
  readonly #reading: Reading

  constructor(path: string, reading: Reading) {
    super({ keepAlive: true, maxSockets })
    this.#path = path
    this.#reading = reading
  }

  override createConnection(): Duplex {
    return this.#reading.socket().connect(this.#path)
  }
}

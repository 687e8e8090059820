import {
  type AttributeValue,
  DescribeTableCommand,
  type DynamoDBClient,
  ListTablesCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb'
import type { Language } from '../../exercise.ts'
import { type InventoryTable, inventoryLimits } from '../../sample.ts'
import { Verbatim } from '../value-text.ts'
import { noteOf } from './cell.ts'
import type { Found } from './found.ts'
import { recordsTable } from './records.ts'

const { tables: maxTables, rows: maxRows, notes: maxNotes } = inventoryLimits

/** Tables with their keys and first items; a page of a scan has at most 1 MB. */
export async function dynamodbInventory(client: DynamoDBClient, language: Language): Promise<Found> {
  const { TableNames = [] } = await client.send(new ListTablesCommand({}))
  const tables: InventoryTable[] = []
  for (const name of TableNames.slice(0, maxTables)) tables.push(await tableOf(client, name, language))
  return { tables, moreTables: Math.max(0, TableNames.length - maxTables), notes: [] }
}

async function tableOf(client: DynamoDBClient, name: string, language: Language): Promise<InventoryTable> {
  const { Table } = await client.send(new DescribeTableCommand({ TableName: name }))
  const { Items = [] } = await client.send(new ScanCommand({ TableName: name, Limit: maxRows, ConsistentRead: true }))
  const keys = (Table?.KeySchema ?? []).map(({ AttributeName = '' }) => AttributeName)
  const records = Items.map(plainItem)
  const table = recordsTable(name, keys, records, Table?.ItemCount ?? null, language)
  const indexes = [...(Table?.GlobalSecondaryIndexes ?? []), ...(Table?.LocalSecondaryIndexes ?? [])]
  table.notes = indexes.slice(0, maxNotes).map(({ IndexName, KeySchema = [] }) => {
    const on = KeySchema.map(({ AttributeName }) => AttributeName).join(', ')
    return noteOf(`Index ${IndexName}: ${on}`)
  })
  return table
}

const plainItem = (item: Record<string, AttributeValue>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(item).map(([name, value]) => [name, plain(value)]))

/** Numbers stay as they are written: they have 38 digits. */
function plain(value: AttributeValue): unknown {
  if (value.N !== undefined) return new Verbatim(value.N)
  if (value.NS !== undefined) return new Set(value.NS.map((digits) => new Verbatim(digits)))
  if (value.SS !== undefined) return new Set(value.SS)
  if (value.BS !== undefined) return new Set(value.BS)
  if (value.L !== undefined) return value.L.map(plain)
  if (value.M !== undefined) return plainItem(value.M)
  return value.NULL === true ? null : (value.S ?? value.BOOL ?? value.B)
}

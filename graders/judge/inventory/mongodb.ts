import { BSON, type Db } from 'mongodb'
import type { Language } from '../../exercise.ts'
import { type InventoryTable, inventoryLimits } from '../../sample.ts'
import { Verbatim } from '../value-text.ts'
import { noteOf } from './cell.ts'
import type { Found } from './found.ts'
import { recordsTable } from './records.ts'

const { tables: maxTables, rows: maxRows, notes: maxNotes, countedRows } = inventoryLimits
const questionMs = 2_000
/** Documents may have 16 MB each: reading ends once so much has been read of a collection. */
const readBytes = 8_388_608
/** A larger document is named by its size, not decoded. */
const decodedBytes = 262_144

/** Collections with their first documents by _id. Views are named and never read: they would run the learner's pipeline. */
export async function mongodbInventory(db: Db, language: Language): Promise<Found> {
  const collections = await db.listCollections({}, { nameOnly: false }).toArray()
  const ours = collections.filter(({ name }) => !name.startsWith('system.')).sort((a, b) => (a.name < b.name ? -1 : 1))
  const tables: InventoryTable[] = []
  for (const { name, type } of ours.slice(0, maxTables)) tables.push(await collectionOf(db, name, type, language))
  return { tables, moreTables: Math.max(0, ours.length - maxTables), notes: [] }
}

async function collectionOf(db: Db, name: string, type: string | undefined, language: Language) {
  if (type === 'view')
    return { ...recordsTable(name, [], [], null, language), notes: ['A view, which is not read here.'] }
  const collection = db.collection(name)
  try {
    const count = await collection.countDocuments({}, { limit: countedRows + 1, maxTimeMS: questionMs })
    const table = recordsTable(name, ['_id'], await firstDocuments(db, name), count, language)
    const indexes = await collection.listIndexes().toArray()
    table.notes = indexes
      .filter((index) => index.name !== '_id_')
      .slice(0, maxNotes)
      .map((index) => noteOf(`Index ${index.name}: ${JSON.stringify(index.key)}${index.unique ? ', unique' : ''}`))
    return table
  } catch (error) {
    const table = recordsTable(name, [], [], null, language)
    return { ...table, notes: [noteOf(`It could not be read: ${(error as Error).message}`)] }
  }
}

async function firstDocuments(db: Db, name: string): Promise<Record<string, unknown>[]> {
  const cursor = db.collection(name).find({}, { raw: true, batchSize: 1, maxTimeMS: questionMs }).sort({ _id: 1 })
  const documents: Record<string, unknown>[] = []
  let read = 0
  try {
    while (documents.length < maxRows && read < readBytes) {
      const raw = (await cursor.next()) as unknown as Uint8Array | null
      if (raw === null) break
      read += raw.length
      documents.push(raw.length > decodedBytes ? { _id: new Verbatim(`${raw.length} bytes`) } : decoded(raw))
    }
  } finally {
    await cursor.close()
  }
  return documents
}

const decoded = (raw: Uint8Array) =>
  named(BSON.deserialize(raw, { promoteLongs: false, useBigInt64: false })) as Record<string, unknown>

/** BSON's own classes (ObjectId, Decimal128, Long, …) as what they say of themselves. */
function named(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(named)
  if (value === null || typeof value !== 'object' || value instanceof Date || value instanceof Uint8Array) return value
  if (value instanceof BSON.Binary) return value.buffer.subarray(0, value.position)
  if ('_bsontype' in value) return new Verbatim(String(value))
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, named(item)]))
}

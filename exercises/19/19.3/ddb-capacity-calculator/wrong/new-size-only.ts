import { isDeepStrictEqual } from 'node:util'

/** In DynamoDB's own JSON. */
type Value =
  | { S: string }
  | { N: string }
  | { B: Uint8Array }
  | { BOOL: boolean }
  | { NULL: true }
  | { SS: string[] }
  | { NS: string[] }
  | { BS: Uint8Array[] }
  | { L: Value[] }
  | { M: Item }
type Item = { [name: string]: Value }
type Index = { name: string; keys: string[]; include: 'ALL' | string[] }
type Table = { keys: string[]; indexes: Index[] }
type Write = { old?: Item | null; item?: Item | null; transactional?: boolean }
type WriteUnits = { table: number; indexes: Record<string, number>; total: number }
type Read = {
  kind: 'get' | 'batchGet' | 'query' | 'transactGet'
  items: (Item | null)[]
  consistent?: boolean
}

const readBlock = 4096
const writeBlock = 1024

const sum = (sizes: number[]) => sizes.reduce((total, size) => total + size, 0)
/** To find nothing is work as well: one block at least. */
const blocks = (bytes: number, block: number) => Math.max(1, Math.ceil(bytes / block))
const sizeOrNothing = (item: Item | null | undefined) => (item ? itemSize(item) : 0)

export function itemSize(item: Item): number {
  return sum(Object.entries(item).map(([name, value]) => textSize(name) + valueSize(value)))
}

const textSize = (text: string) => Buffer.byteLength(text, 'utf8')

function valueSize(value: Value): number {
  if ('S' in value) return textSize(value.S)
  if ('N' in value) return numberSize(value.N)
  if ('B' in value) return value.B.length
  if ('SS' in value) return sum(value.SS.map(textSize))
  if ('NS' in value) return sum(value.NS.map(numberSize))
  if ('BS' in value) return sum(value.BS.map((bytes) => bytes.length))
  if ('L' in value) return 3 + sum(value.L.map((one) => 1 + valueSize(one)))
  if ('M' in value) return 3 + Object.keys(value.M).length + itemSize(value.M)
  return 1
}

/** Two digits a byte, paired from the decimal point; a byte in front, and one for a minus. */
function numberSize(text: string): number {
  const parts = /^([-+]?)(\d*)\.?(\d*)(?:e([-+]?\d+))?$/i.exec(text)
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = parts ?? []
  const fromFirst = (whole + fraction).replace(/^0+/, '')
  const digits = fromFirst.replace(/0+$/, '')
  if (digits === '') return 1
  // Where the point is, seen from the first digit that counts. After an odd number of digits the first pair is half empty.
  const point = fromFirst.length - fraction.length + Number(exponent)
  const pairs = Math.ceil((digits.length + Math.abs(point % 2)) / 2)
  return 1 + pairs + (sign === '-' ? 1 : 0)
}

export function writeUnits(table: Table, { old, item, transactional = false }: Write): WriteUnits {
  const price = transactional ? 2 : 1
  const ofTable = price * blocks(sizeOrNothing(item ?? old), writeBlock)
  const indexes = Object.fromEntries(
    table.indexes.map((index) => [
      index.name,
      price * indexUnits(index, entryOf(table, index, old), entryOf(table, index, item)),
    ]),
  )
  return { table: ofTable, indexes, total: ofTable + sum(Object.values(indexes)) }
}

/** What an index holds of an item: nothing, if the item lacks one of the index's keys. */
function entryOf(table: Table, { keys, include }: Index, item: Item | null | undefined): Item | null {
  if (!item || keys.some((name) => !(name in item))) return null
  if (include === 'ALL') return item
  const kept = new Set([...table.keys, ...keys, ...include])
  return Object.fromEntries(Object.entries(item).filter(([name]) => kept.has(name)))
}

function indexUnits({ keys }: Index, before: Item | null, after: Item | null): number {
  if (isDeepStrictEqual(before, after)) return 0
  const units = (entry: Item) => blocks(itemSize(entry), writeBlock)
  if (!before || !after) return units((before ?? after) as Item)
  const moves = keys.some((name) => !isDeepStrictEqual(before[name], after[name]))
  // Another key is another place: one entry is deleted, another one put.
  return moves ? units(before) + units(after) : Math.max(units(before), units(after))
}

export function readUnits({ kind, items, consistent = false }: Read): number {
  const sizes = items.map(sizeOrNothing)
  const price = kind === 'transactGet' ? 2 : consistent ? 1 : 0.5
  if (kind === 'query') return price * blocks(sum(sizes), readBlock)
  return price * sum(sizes.map((size) => blocks(size, readBlock)))
}

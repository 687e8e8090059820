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
type Table = { keys: string[]; indexes: { name: string; keys: string[]; include: 'ALL' | string[] }[] }
type Write = { old?: Item | null; item?: Item | null; transactional?: boolean }
type WriteUnits = { table: number; indexes: Record<string, number>; total: number }
type Read = {
  kind: 'get' | 'batchGet' | 'query' | 'transactGet'
  /** What was asked for; null where there is no such item. */
  items: (Item | null)[]
  consistent?: boolean
}

export function itemSize(item: Item): number {
  throw new Error('not implemented')
}

export function writeUnits(table: Table, write: Write): WriteUnits {
  throw new Error('not implemented')
}

export function readUnits(read: Read): number {
  throw new Error('not implemented')
}

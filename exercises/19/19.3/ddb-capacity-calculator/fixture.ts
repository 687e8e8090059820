/** In DynamoDB's own JSON. */
export type Value =
  | { S: string }
  | { N: string }
  | { B: Uint8Array }
  | { BOOL: boolean }
  | { NULL: true }
  | { SS: string[] }
  | { NS: string[] }
  | { BS: Uint8Array[] }
  | { L: Value[] }
  | { M: Record<string, Value> }
export type Item = Record<string, Value>
export type WriteUnits = { table: number; indexes: Record<string, number>; total: number }

/** The table as the functions see it … */
export const table = {
  keys: ['pk', 'sk'],
  indexes: [
    { name: 'by-group', keys: ['group'], include: ['note'] },
    { name: 'by-owner', keys: ['owner', 'sk'], include: 'ALL' },
    { name: 'by-state', keys: ['state', 'pk'], include: [] },
  ],
}

/** … and as the engine makes it. */
export const tables = [
  {
    name: 'ledger',
    hash: 'pk',
    range: 'sk',
    globalIndexes: [
      { name: 'by-group', hash: 'group', projection: { include: ['note'] } },
      { name: 'by-owner', hash: 'owner', range: 'sk' },
      { name: 'by-state', hash: 'state', range: 'pk', projection: 'KEYS_ONLY' as const },
    ],
  },
]

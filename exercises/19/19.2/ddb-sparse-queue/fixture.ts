/** The tickets and their sparse index, for the hidden suite and the sample. */
export const tables = [
  {
    name: 'tickets',
    hash: 'id',
    globalIndexes: [{ name: 'open', hash: 'openQueue', range: 'rank', projection: 'KEYS_ONLY' as const }],
  },
]

export type Ticket = { id: string; queue: string; priority: number; at: number }

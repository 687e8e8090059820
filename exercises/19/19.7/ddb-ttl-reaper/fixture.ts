/** Holds and their archive, for the hidden suite and the sample. */
export const tables = [
  { name: 'holds', hash: 'id' },
  { name: 'archive', hash: 'id' },
]

export type Counts = { deleted: number; skipped: number }

/** A list of offers by shelf, and its archive, which has the same keys. */
export const tables = [
  { name: 'offers', hash: 'shelf', range: 'nr', types: { nr: 'N' as const } },
  { name: 'offers.old', hash: 'shelf', range: 'nr', types: { nr: 'N' as const } },
]

export type Item = Record<string, unknown>
export type Params = Record<string, unknown>
export type Page = { Items: Item[]; LastEvaluatedKey: Item | null }

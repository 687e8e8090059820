/** The catalogue's tables, for the hidden suite and the sample. */
export const tables = [
  { name: 'products', hash: 'shop', range: 'sku' },
  { name: 'products.old', hash: 'shop', range: 'sku' },
  { name: 'shelves', hash: 'shop', range: 'nr', types: { nr: 'N' as const } },
]

export type Key = Record<string, string | number>
export type Item = Record<string, unknown>
export type Read = { table: string; key: Key; consistent?: boolean; project?: string[]; ttlMs: number }
export type Put = {
  table: string
  keys: string[]
  item: Item
  condition?: string
  values?: Record<string, unknown>
  ttlMs: number
}

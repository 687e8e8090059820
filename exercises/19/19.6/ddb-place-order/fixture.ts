/** The shop's tables and the one function, for the hidden suite and the sample. */
export const tables = [
  { name: 'orders', hash: 'id' },
  { name: 'customers', hash: 'id' },
  { name: 'stock', hash: 'sku' },
]

/** Of an order; a hostile one may hold anything as its quantity. */
export type Line = { sku: string; qty: unknown }
export type Receipt = { orderId: string; replayed: boolean }

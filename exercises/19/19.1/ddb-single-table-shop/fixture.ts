/** The one table and what its readers get, for the hidden suite and the sample. */
export const tables = [{ name: 'shop', hash: 'pk', range: 'sk' }]

export type Line = { sku: string; qty: number }
export type Order = { orderId: string; placedAt: Date }
export type Page = { orders: Order[]; next: string | null }

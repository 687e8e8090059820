export type Product = { _id: string; name: string }
export type Line = { sku: string; qty: number; cents: number }
export type Order = {
  _id: number
  customer: string
  status?: string | null
  placedAt: Date
  lines?: Line[]
  note?: string
}
export type Query = { from: Date; to: Date; timezone: string; top: number }
export type Best = { sku: string; name: string; cents: number; qty: number; buyers: number }
export type Month = { month: string; total: number; top: Best[] }

import type { Inventory } from '../../sample.ts'

/** What one engine's inventory finds; which engine it was is added by whoever asked. */
export type Found = Omit<Inventory, 'kind'>

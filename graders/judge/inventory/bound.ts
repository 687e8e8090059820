import { type Inventory, type InventoryTable, inventoryLimits } from '../../sample.ts'

/** Leaves the last rows out once all cells together have so many characters: a run's result must stay small. */
export function boundInventory(engines: Inventory[]): Inventory[] {
  let room = inventoryLimits.totalChars
  const fits = (row: InventoryTable['rows'][number]) => {
    room -= row.reduce((sum, cell) => sum + (cell?.length ?? 0), 0)
    return room >= 0
  }
  return engines.map((engine) => ({
    ...engine,
    tables: engine.tables.map((table) => {
      const rows = table.rows.filter(fits)
      return { ...table, rows, changed: table.changed.filter((at) => at < rows.length) }
    }),
  }))
}

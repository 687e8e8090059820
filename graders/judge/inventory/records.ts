import type { Language } from '../../exercise.ts'
import { type InventoryTable, inventoryLimits } from '../../sample.ts'
import { nameOf, valueCell } from './cell.ts'

const { columns: maxColumns, rows: maxRows, countedRows } = inventoryLimits

/** Documents or items, which need not have the same fields: a column for each field that any of them has, keys first. */
export function recordsTable(
  name: string,
  keys: string[],
  records: Record<string, unknown>[],
  count: number | null,
  language: Language,
): InventoryTable {
  const shown = records.slice(0, maxRows)
  const fields = [...new Set([...keys, ...shown.flatMap((record) => Object.keys(record))])]
  const columns = fields.slice(0, maxColumns)
  return {
    name: nameOf(name),
    count: count === null ? null : Math.min(count, countedRows),
    countIsLeast: count !== null && count > countedRows,
    columns: columns.map((field) => ({ name: nameOf(field), type: null, isKey: keys.includes(field) })),
    moreColumns: fields.length - columns.length,
    rows: shown.map((record) => columns.map((field) => valueCell(record[field], language))),
    changed: [],
    notes: [],
  }
}

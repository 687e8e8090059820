import type { Inventory, InventoryTable } from '../../sample.ts'

/** Marks the rows that the sample made or changed, where both times every row of the table was read. */
export function withChanges(before: Inventory | undefined, now: Inventory): Inventory {
  // An engine that did not answer has notes and no tables.
  if (!before || (before.tables.length === 0 && before.notes.length > 0)) return now
  const tables = now.tables.map((table) => {
    const earlier = before.tables.find(({ name }) => name === table.name)
    if (!isWhole(table) || (earlier && !isWhole(earlier))) return table
    const known = new Set(earlier?.rows.map((row) => spelled(row, table)))
    return {
      ...table,
      changed: [...table.rows.keys()].filter((at) => !known.has(spelled(table.rows[at] ?? [], table))),
    }
  })
  return { ...now, tables }
}

const isWhole = ({ count, rows }: InventoryTable) => count === rows.length

/** Time goes by without anybody changing a key. */
const spelled = (row: InventoryTable['rows'][number], { columns }: InventoryTable) =>
  JSON.stringify(row.filter((_, at) => columns[at]?.name !== 'TTL'))

/** The smallest value that at least this share of all is not above (nearest rank); `share` from 0 to 1. */
export function quantile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}
export const median = (values: number[]): number => quantile(values, 0.5)

/** Rows as aligned text; the first row is the head. Numbers stand to the right. */
export function table(rows: (string | number)[][]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => String(row[column] ?? '').length)))
  const line = (row: (string | number)[]) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0
        return column < 2 ? String(cell).padEnd(width) : String(cell).padStart(width)
      })
      .join('  ')
      .trimEnd()
  return rows.map(line).join('\n')
}

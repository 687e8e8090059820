import type { Run } from '../../server/api/contract.ts'
import { Icon } from './icon.tsx'
import { engineWords, plural } from './words.ts'

type Engine = Run['inventory'][number]
type Table = Engine['tables'][number]

/** What is in each engine after the run, as pictures of its tables. */
export function Inventory({ engines }: { engines: Engine[] }) {
  return engines.map((engine, at) => (
    <section key={at} class="inventory" aria-label={`In ${engineWords[engine.kind]} now`}>
      <h3>In {engineWords[engine.kind]} now</h3>
      {engine.notes.map((note) => (
        <p key={note} class="note">
          {note}
        </p>
      ))}
      {engine.tables.length === 0 && engine.notes.length === 0 && <p class="muted">Nothing.</p>}
      {engine.tables.map((table) => (
        <TableView key={table.name} table={table} kind={engine.kind} />
      ))}
      {engine.moreTables > 0 && <p class="muted">{engine.moreTables} more are not shown.</p>}
    </section>
  ))
}

const rowWords: Record<Engine['kind'], string> = {
  postgres: 'row',
  mongodb: 'document',
  redis: 'key',
  dynamodb: 'item',
}

function TableView({ table, kind }: { table: Table; kind: Engine['kind'] }) {
  const { name, columns, rows, changed, notes, moreColumns } = table
  const label = `${name}, ${countWords(table, kind)}`
  return (
    <figure class="inventory-table">
      <figcaption>
        <strong>{name}</strong> <span class="muted">{countWords(table, kind)}</span>
        {changed.length > 0 && <span class="changed-note">{changed.length} new or changed</span>}
      </figcaption>
      {rows.length > 0 && (
        // It scrolls by itself, so a keyboard must be able to reach it.
        // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
        <div class="table-scroll" role="region" aria-label={label} tabIndex={0}>
          <table>
            <thead>
              <tr>
                {columns.map((column, at) => (
                  <th key={column.name} scope="col" class={isNumberColumn(table, at) ? 'number' : undefined}>
                    {column.name}
                    {column.isKey && kind !== 'redis' && (
                      <span class="key-mark" title="Part of the key">
                        <Icon name="key" />
                        <span class="sr-only">(key)</span>
                      </span>
                    )}
                    {column.type && <span class="column-type">{column.type}</span>}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((row, at) => (
                <tr key={at} class={changed.includes(at) ? 'changed' : undefined}>
                  {row.map((cell, column) => (
                    <td
                      key={columns[column]?.name}
                      class={
                        isNumberColumn(table, column) ? 'number' : (cell?.length ?? 0) > longCell ? 'long' : undefined
                      }
                    >
                      {column === 0 && changed.includes(at) && <span class="sr-only">(new or changed) </span>}
                      {cell ?? <Nothing kind={kind} />}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {moreColumns > 0 && <p class="muted">{plural(moreColumns, 'more column')} not shown.</p>}
      {notes.map((note) => (
        <p key={note} class="muted inventory-note">
          {note}
        </p>
      ))}
    </figure>
  )
}

const Nothing = ({ kind }: { kind: Engine['kind'] }) => (
  <span class="nothing">{kind === 'postgres' ? 'NULL' : '–'}</span>
)

/** Longer ones are wrapped, in a column of their own width. */
const longCell = 32

/** By its type; where documents have none, by what is in it. */
function isNumberColumn({ columns, rows }: Table, at: number): boolean {
  const type = columns[at]?.type
  if (type) return /^(small|big)?int|^(numeric|real|double)/.test(type)
  const cells = rows.map((row) => row[at]).filter((cell) => cell !== null && cell !== undefined)
  return cells.length > 0 && cells.every((cell) => /^-?\d+(\.\d+)?n?$/.test(cell))
}

function countWords({ count, countIsLeast, rows }: Table, kind: Engine['kind']): string {
  if (count === null) return 'not read'
  const words = `${countIsLeast ? 'more than ' : ''}${plural(count, rowWords[kind])}`
  return rows.length > 0 && (countIsLeast || rows.length < count) ? `${words}, the first ${rows.length}` : words
}

import pg from 'pg'
import { type InventoryTable, inventoryLimits } from '../../sample.ts'
import { Reading } from '../handles/reading.ts'
import { cellOf, nameOf, noteOf } from './cell.ts'
import type { Found } from './found.ts'

const {
  tables: maxTables,
  columns: maxColumns,
  rows: maxRows,
  cellChars,
  notes: maxNotes,
  countedRows,
} = inventoryLimits
/** Larger values are named by their size, not read. */
const readBytes = 65_536
const statementMs = 2_000
const lockMs = 300

type Relation = {
  oid: number
  schema: string
  name: string
  kind: 'r' | 'p' | 'v' | 'm' | 'f'
  isLearners: boolean
  columns: { name: string; type: string; isKey: boolean }[]
  indexes: string[]
}

/**
 * Tables with their first rows, as committed. Views and foreign tables are named and never read, because reading one would run what
 * the learner wrote with the inspector's rights; what belongs to the learner is read by the learner's own role. Cells are made by
 * the type's output function (`format`), never by a cast, which a learner may define.
 */
export async function postgresInventory(
  inspect: pg.Pool,
  learner: Pick<pg.ClientConfig, 'host' | 'user' | 'password' | 'database'>,
): Promise<Found> {
  const relations = await relationsOf(inspect, learner.user ?? '')
  const shown = relations.slice(0, maxTables)
  const own = shown.some(({ isLearners }) => isLearners) ? await connectAs(learner) : null
  try {
    const inspector = await inspect.connect()
    try {
      const tables: InventoryTable[] = []
      for (const relation of shown)
        tables.push(
          await tableOf(relation.isLearners && own && !(own instanceof Error) ? own : inspector, relation, own),
        )
      return { tables, moreTables: relations.length - shown.length, notes: await openTransactions(inspector, learner) }
    } finally {
      inspector.release()
    }
  } finally {
    if (own && !(own instanceof Error)) await own.end()
  }
}

async function relationsOf(inspect: pg.Pool, learner: string): Promise<Relation[]> {
  const { rows } = await inspect.query(
    `select c.oid, n.nspname as schema, c.relname as name, c.relkind as kind,
       pg_catalog.pg_get_userbyid(c.relowner) = $1 as "isLearners",
       (select pg_catalog.json_agg(pg_catalog.json_build_object('name', a.attname,
            'type', pg_catalog.format_type(a.atttypid, a.atttypmod),
            'isKey', coalesce(a.attnum = any (k.conkey), false)) order by a.attnum)
          from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
       (select pg_catalog.json_agg(pg_catalog.pg_get_indexdef(i.indexrelid)) from pg_catalog.pg_index i
          join pg_catalog.pg_class x on x.oid = i.indexrelid
          where i.indrelid = c.oid and not i.indisprimary and pg_catalog.pg_get_userbyid(x.relowner) = $1) as indexes
     from pg_catalog.pg_class c
     join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     left join pg_catalog.pg_constraint k on k.conrelid = c.oid and k.contype = 'p'
     where c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition
       and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
     order by n.nspname, c.relname limit 1000`,
    [learner],
  )
  return rows.map((row) => ({ ...row, columns: row.columns ?? [], indexes: row.indexes ?? [] }))
}

async function tableOf(client: pg.ClientBase, relation: Relation, own: unknown): Promise<InventoryTable> {
  const { schema, name, kind, columns, indexes, isLearners } = relation
  const shown = columns.slice(0, maxColumns)
  const table: InventoryTable = {
    name: nameOf(schema === 'public' ? name : `${schema}.${name}`),
    count: null,
    countIsLeast: false,
    columns: shown.map((column) => ({ ...column, name: nameOf(column.name), type: column.type.slice(0, 100) })),
    moreColumns: columns.length - shown.length,
    rows: [],
    changed: [],
    notes: indexes.slice(0, maxNotes - 2).map((definition) => noteOf(definition)),
  }
  if (isLearners) table.notes.unshift('Made by your code.')
  if (kind === 'v' || kind === 'm' || kind === 'f') {
    table.notes.push(kind === 'f' ? 'A foreign table, which is not read here.' : 'A view, which is not read here.')
    return table
  }
  if (isLearners && own instanceof Error) {
    table.notes.push(noteOf(`It could not be read: ${own.message}`))
    return table
  }
  try {
    await client.query(`begin read only; set local statement_timeout = ${statementMs}; set local lock_timeout = ${lockMs};
      set local row_security = off`)
    const from = `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(name)} t`
    const counted = await client.query(
      `select count(*)::int as n from (select from ${from} limit ${countedRows + 1}) x`,
    )
    const keys = shown.filter(({ isKey }) => isKey).map((column) => columnOf(column.name))
    const cells = shown.map((column) => cellSql(columnOf(column.name)))
    const { rows } = await client.query({
      text: `select ${cells.join(', ')} from ${from} ${keys.length > 0 ? `order by ${keys.join(', ')}` : ''} limit ${maxRows}`,
      rowMode: 'array',
    })
    const count: number = counted.rows[0].n
    table.count = Math.min(count, countedRows)
    table.countIsLeast = count > countedRows
    table.rows = rows.map((row: (string | null)[]) => row.map((value) => (value === null ? null : cellOf(value))))
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    table.notes.push(
      code === '55P03'
        ? 'A transaction of yours that is still open has locked it, so it could not be read.'
        : noteOf(`It could not be read: ${message}`),
    )
  } finally {
    await client.query('rollback')
  }
  return table
}

const columnOf = (name: string) => `t.${pg.escapeIdentifier(name)}`
const cellSql = (column: string) => `case when ${column} is null then null
  when pg_catalog.pg_column_size(${column}) > ${readBytes} then pg_catalog.pg_column_size(${column}) || ' bytes'
  else pg_catalog."left"(pg_catalog.format('%s', ${column}), ${cellChars + 1}) end`

/** Resolves with the error: tables that belong to the learner then say why they are not read. */
async function connectAs(learner: pg.ClientConfig): Promise<pg.Client | Error> {
  const client = new pg.Client({
    ...learner,
    options: '-c search_path=',
    connectionTimeoutMillis: statementMs,
    stream: () => new Reading().socket(),
  })
  client.on('error', () => {})
  return client.connect().then(
    () => client,
    (error: Error) => error,
  )
}

async function openTransactions(client: pg.ClientBase, { user, database }: pg.ClientConfig): Promise<string[]> {
  const { rows } = await client.query(
    `select count(*)::int as n from pg_catalog.pg_stat_activity
     where usename = $1 and datname = $2 and state like 'idle in transaction%'`,
    [user, database],
  )
  const { n } = rows[0]
  if (n === 0) return []
  const whose = n === 1 ? 'A session of yours is' : `${n} sessions of yours are`
  return [`${whose} still in a transaction. What is not committed is not shown.`]
}

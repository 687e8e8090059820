import pg from 'pg'

type Config = { pg: { host: string; port: number; user: string; password: string; database: string } }
type Filter = { field: string; op: string; value: unknown }
type Sort = { field: string; dir: string }
type Query = { filters?: Filter[]; sort?: Sort[]; limit: number; offset?: number }

const maxLimit = 1_000
let pool: pg.Pool | undefined

export async function search(config: Config, fields: Record<string, string>, query: Query): Promise<number[]> {
  const { filters = [], sort = [], limit, offset = 0 } = query
  checkPage(limit, offset)
  const parameters: unknown[] = []
  const parameter = (value: unknown) => `$${parameters.push(value)}`
  const conditions = filters.map(({ field, op, value }) => condition(columnOf(fields, field), op, value, parameter))
  const order = sort.map(({ field, dir }) => `${columnOf(fields, field)} ${direction(dir)} nulls last`)

  const { rows } = await connections(config).query<{ id: number }>(
    `select id from items
     where ${['true', ...conditions].join(' and ')}
     order by ${order.join(', ') || 'id'}
     limit ${parameter(limit)} offset ${parameter(offset)}`,
    parameters,
  )
  return rows.map((row) => row.id)
}

/** A public name to a quoted column. Own properties only: every object also "has" a constructor. */
function columnOf(fields: Record<string, string>, field: string): string {
  if (!Object.hasOwn(fields, field)) throw refusal('BAD_FIELD')
  return pg.escapeIdentifier(fields[field] as string)
}

/** SQL made of our own words and placeholders; nothing that came from outside except by way of `parameter`. */
function condition(column: string, op: string, value: unknown, parameter: (value: unknown) => string): string {
  switch (op) {
    case 'eq':
      return `${column} = ${parameter(value)}`
    case 'ne':
      // Unlike <>, true for a null on one side.
      return `${column} is distinct from ${parameter(value)}`
    case 'lt':
      return `${column} < ${parameter(value)}`
    case 'gte':
      return `${column} >= ${parameter(value)}`
    case 'in':
      // One array is one parameter, however long, and right when it is empty.
      return `${column} = any(${parameter(value)})`
    case 'contains':
      return `${column} ilike ${parameter(`%${literally(String(value))}%`)}`
    case 'isNull':
      return `${column} is ${value ? '' : 'not '}null`
    default:
      throw refusal('BAD_OP')
  }
}

/** The pattern language of LIKE has three special characters. */
const literally = (text: string) => text.replace(/[\\%_]/g, '\\$&')

function direction(dir: string): 'asc' | 'desc' {
  if (dir !== 'asc' && dir !== 'desc') throw refusal('BAD_SORT')
  return dir
}

function checkPage(limit: number, offset: number): void {
  const sound = Number.isInteger(limit) && limit >= 1 && limit <= maxLimit && Number.isInteger(offset) && offset >= 0
  if (!sound) throw refusal('BAD_PAGE')
}

function connections(config: Config): pg.Pool {
  if (pool === undefined) {
    pool = new pg.Pool({ ...config.pg, max: 4 })
    pool.on('error', () => {})
  }
  return pool
}

const refusal = (code: 'BAD_FIELD' | 'BAD_OP' | 'BAD_SORT' | 'BAD_PAGE') => Object.assign(new Error(code), { code })

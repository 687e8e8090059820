import pg from 'pg'

type Config = { pg: { host: string; port: number; user: string; password: string; database: string } }
type Filter = { field: string; op: string; value: unknown }
type Sort = { field: string; dir: string }
type Query = { filters?: Filter[]; sort?: Sort[]; limit: number; offset?: number }

// Calls come many at a time, and always with the same config.
let pool: pg.Pool | undefined

/** The ids of the items that fulfil every filter; or refuses with code BAD_FIELD, BAD_OP, BAD_SORT or BAD_PAGE. */
export async function search(config: Config, fields: Record<string, string>, query: Query): Promise<number[]> {
  throw new Error('not implemented')
}

const refusal = (code: 'BAD_FIELD' | 'BAD_OP' | 'BAD_SORT' | 'BAD_PAGE') => Object.assign(new Error(code), { code })

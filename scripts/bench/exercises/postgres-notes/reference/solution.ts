import pg from 'pg'

let pool: pg.Pool | undefined

export async function save(cfg: { pg: pg.PoolConfig }, key: string, text: string): Promise<void> {
  pool ??= new pg.Pool(cfg.pg).on('error', () => {})
  await pool.query(
    'insert into notes (key, text) values ($1, $2) on conflict (key) do update set text = excluded.text',
    [key, text],
  )
}

import { Redis } from 'ioredis'

type Config = { redis: { host: string; port: number; username: string; password: string; prefix: string } }
type Row = { player: string; score: number; rank: number }

let client: Redis | undefined

function connect(cfg: Config): Redis {
  const { host, port, username, password } = cfg.redis
  client ??= new Redis({ host, port, username, password })
  return client
}

const keyOf = (cfg: Config, board: string) => `${cfg.redis.prefix}board:${board}`

// Scores are stored negated: ascending order is then "high first", and equal scores keep their names in byte order.
// ZADD LT writes only a lower stored value, so the comparison and the write are one command, and sending it twice is harmless.

export async function submit(cfg: Config, board: string, player: string, score: number): Promise<void> {
  await connect(cfg).zadd(keyOf(cfg, board), 'LT', -score, player)
}

export async function submitMany(cfg: Config, board: string, entries: [string, number][]): Promise<void> {
  const key = keyOf(cfg, board)
  const pipeline = connect(cfg).pipeline()
  for (const [player, score] of entries) pipeline.zadd(key, 'LT', -score, player)
  for (const [error] of (await pipeline.exec()) ?? []) if (error) throw error
}

export async function rank(
  cfg: Config,
  board: string,
  player: string,
): Promise<{ score: number; rank: number } | null> {
  const key = keyOf(cfg, board)
  const stored = await connect(cfg).zscore(key, player)
  if (stored === null) return null
  const better = await connect(cfg).zcount(key, '-inf', `(${stored}`)
  return { score: 0 - Number(stored), rank: better + 1 }
}

export async function top(cfg: Config, board: string, n: number): Promise<Row[]> {
  if (n < 1) return []
  return page(cfg, board, 0, n - 1)
}

export async function around(cfg: Config, board: string, player: string, n: number): Promise<Row[]> {
  const position = await connect(cfg).zrank(keyOf(cfg, board), player)
  if (position === null) return []
  return page(cfg, board, Math.max(0, position - n), position + n)
}

/** Rows from one position to another, both included. Only the first row's rank has to be asked for. */
async function page(cfg: Config, board: string, from: number, to: number): Promise<Row[]> {
  const key = keyOf(cfg, board)
  const flat = await connect(cfg).zrange(key, from, to, 'WITHSCORES')
  const rows: Row[] = []
  for (let i = 0; i < flat.length; i += 2) {
    const score = 0 - Number(flat[i + 1])
    const above = rows.at(-1)
    let rank = from + rows.length + 1
    if (above?.score === score) rank = above.rank
    else if (!above) rank = (await connect(cfg).zcount(key, '-inf', `(${flat[i + 1]}`)) + 1
    rows.push({ player: flat[i], score, rank })
  }
  return rows
}

export async function close(): Promise<void> {
  await client?.quit()
  client = undefined
}

import { Redis } from 'ioredis'

type Config = { redis: { host: string; port: number; username: string; password: string; prefix: string } }
type Scripts = {
  takeLines(stock: string, order: string, ...lines: (string | number)[]): Promise<[outcome: string, sku?: string]>
  giveBack(stock: string, order: string): Promise<number>
}

// Nothing runs between two lines of a script, but there is no rollback either: every check comes before the first write.
const takeLines = `
  if redis.call('EXISTS', KEYS[2]) == 1 then return {'REPLAYED'} end
  for i = 1, #ARGV, 2 do
    local left = redis.call('HGET', KEYS[1], ARGV[i])
    if not left then return {'UNKNOWN', ARGV[i]} end
    if tonumber(left) < tonumber(ARGV[i + 1]) then return {'SHORT', ARGV[i]} end
  end
  for i = 1, #ARGV, 2 do
    redis.call('HINCRBY', KEYS[1], ARGV[i], -ARGV[i + 1])
    redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1])
  end
  return {'RESERVED'}`

const giveBack = `
  local lines = redis.call('HGETALL', KEYS[2])
  for i = 1, #lines, 2 do redis.call('HINCRBY', KEYS[1], lines[i], lines[i + 1]) end
  return redis.call('DEL', KEYS[2])`

let client: (Redis & Scripts) | undefined

function connect(cfg: Config): Redis & Scripts {
  if (!client) {
    const { host, port, username, password } = cfg.redis
    // A command from defineCommand is sent as EVALSHA, and as EVAL when the server does not know it (any more).
    client = new Redis({ host, port, username, password }) as Redis & Scripts
    client.defineCommand('takeLines', { numberOfKeys: 2, lua: takeLines })
    client.defineCommand('giveBack', { numberOfKeys: 2, lua: giveBack })
  }
  return client
}

const stockKey = (cfg: Config) => `${cfg.redis.prefix}stock`
const orderKey = (cfg: Config, orderId: string) => `${cfg.redis.prefix}${orderId}`

const failure = (code: string, sku?: string) => Object.assign(new Error(code), { code, data: { sku } })

export async function reserve(
  cfg: Config,
  orderId: string,
  lines: Record<string, number>,
): Promise<{ replayed: boolean }> {
  const entries = Object.entries(lines)
  if (entries.length === 0) throw failure('BAD_QTY')
  for (const [sku, quantity] of entries) if (!Number.isInteger(quantity) || quantity < 1) throw failure('BAD_QTY', sku)

  const [outcome, sku] = await connect(cfg).takeLines(stockKey(cfg), orderKey(cfg, orderId), ...entries.flat())
  if (outcome === 'UNKNOWN' || outcome === 'SHORT') throw failure(outcome, sku)
  return { replayed: outcome === 'REPLAYED' }
}

export async function release(cfg: Config, orderId: string): Promise<boolean> {
  return (await connect(cfg).giveBack(stockKey(cfg), orderKey(cfg, orderId))) === 1
}

export async function close(): Promise<void> {
  await client?.quit()
  client = undefined
}

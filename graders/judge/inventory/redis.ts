import type { Redis } from 'ioredis'
import { inventoryLimits } from '../../sample.ts'
import { cellOf, noteOf } from './cell.ts'
import type { Found } from './found.ts'

const { rows: maxRows, cellChars } = inventoryLimits
const maxElements = 10
/** So many keys are looked for; of a larger store an arbitrary part is shown. */
const maxKeys = 1_000

/**
 * ARGV: rows, elements a value, characters an element, keys to look for. One round trip, and cut inside the server: an element may
 * have 512 MB. Random members of large sets and hashes, because a scan returns whole small ones whatever it is asked for.
 */
const script = `
local rows, elements, chars, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local function cut(value)
  if type(value) == 'table' then
    for at, part in ipairs(value) do value[at] = cut(part) end
    return value
  end
  return string.sub(tostring(value), 1, chars)
end
local heads = {
  string = function(key) return redis.call('STRLEN', key), { redis.call('GETRANGE', key, 0, chars) } end,
  list = function(key) return redis.call('LLEN', key), redis.call('LRANGE', key, 0, elements - 1) end,
  zset = function(key) return redis.call('ZCARD', key), redis.call('ZRANGE', key, 0, elements - 1, 'WITHSCORES') end,
  stream = function(key) return redis.call('XLEN', key), redis.call('XRANGE', key, '-', '+', 'COUNT', elements) end,
  set = function(key)
    local size = redis.call('SCARD', key)
    local head = size <= elements and redis.call('SMEMBERS', key) or redis.call('SRANDMEMBER', key, elements)
    table.sort(head)
    return size, head
  end,
  hash = function(key)
    local size = redis.call('HLEN', key)
    return size, size <= elements and redis.call('HGETALL', key) or redis.call('HRANDFIELD', key, elements, 'WITHVALUES')
  end,
}
local keys, cursor = {}, '0'
repeat
  local page = redis.call('SCAN', cursor, 'COUNT', 200)
  cursor = page[1]
  for _, key in ipairs(page[2]) do keys[#keys + 1] = key end
until cursor == '0' or #keys >= most
table.sort(keys)
local types, found = {}, {}
for at, key in ipairs(keys) do
  local kind = redis.call('TYPE', key).ok
  types[#types + 1] = kind
  if at <= rows then
    local size, head = 0, {}
    if heads[kind] then size, head = heads[kind](key) end
    found[#found + 1] = { cut(key), kind, redis.call('PTTL', key), size, cut(head) }
  end
end
return { redis.call('DBSIZE'), types, found }`

type Head = (string | Head)[]
type Answer = [
  count: number,
  types: string[],
  rows: [key: string, type: string, ttlMs: number, size: number, head: Head][],
]

/** Keys by name, relative to the learner's prefix, with type, time to live and the beginning of the value. */
export async function redisInventory(inspect: Redis, prefix: string): Promise<Found> {
  const [count, types, rows] = (await inspect.eval(script, 0, maxRows, maxElements, cellChars, maxKeys)) as Answer
  const byType = [...Map.groupBy(types, (type) => type)].map(([type, all]) => `${all.length} × ${type}`).sort()
  const table = {
    name: 'keys',
    count,
    countIsLeast: false,
    columns: ['key', 'type', 'TTL', 'size', 'value'].map((name) => ({ name, type: null, isKey: name === 'key' })),
    moreColumns: 0,
    rows: rows.map(([key, type, ttlMs, size, head]) => [
      cellOf(key.startsWith(prefix) ? key.slice(prefix.length) : key),
      type,
      ttlMs < 0 ? null : seconds(ttlMs),
      String(size),
      cellOf(valueText(type, size, head)),
    ]),
    changed: [],
    notes: byType.length > 1 ? [noteOf(byType.join(', '))] : [],
  }
  return { tables: [table], moreTables: 0, notes: [] }
}

const seconds = (ms: number) => `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`

function valueText(type: string, size: number, head: Head): string {
  if (type === 'string') return String(head[0] ?? '')
  const inPairs = type === 'hash' || type === 'zset'
  const parts = inPairs ? pairsOf(head) : head.map((part) => (Array.isArray(part) ? entryText(part) : part))
  const shown = parts.join(', ')
  return parts.length < size ? `${shown}, … ${size - parts.length} more` : shown
}

const pairsOf = (flat: Head) =>
  Array.from({ length: flat.length / 2 }, (_, at) => `${flat[2 * at]}: ${flat[2 * at + 1]}`)
/** An entry of a stream: its id and its fields. */
const entryText = ([id, fields]: Head) => `${id} {${pairsOf(fields as Head).join(', ')}}`

import { random, type Submission, submission, until, use } from 'drillbase/kit'
import { expect, test } from 'vitest'

type Decision = { allowed: boolean; remaining: number; retryAfterMs: number }

const redis = use.redis()
const minute = 60_000
const patienceMs = 8_000

const allow = (id: string, limit: number, windowMs: number, by: Submission = submission): Promise<Decision> =>
  by.call('allow', redis.cfg, id, limit, windowMs)
const repeat = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))
const allowedOf = (decisions: Decision[]) => decisions.filter((decision) => decision.allowed)
const newId = () => random.name('id-')

/** The server's clock, in milliseconds with a fraction: the only one that counts. */
async function serverNow(): Promise<number> {
  const [seconds, microseconds] = (await redis.inspect.time()) as [number, number]
  return Number(seconds) * 1000 + Number(microseconds) / 1000
}
const serverReaches = (moment: number) =>
  until(async () => (await serverNow()) > moment, patienceMs, 'a moment on the clock of the server')

/** How much is stored, whatever it is stored in. */
async function storedEntries(): Promise<number> {
  const keys = await redis.inspect.keys(`${redis.cfg.redis.prefix}*`)
  const sizes = keys.map(async (key) => {
    const type = await redis.inspect.type(key)
    if (type === 'zset') return redis.inspect.zcard(key)
    if (type === 'list') return redis.inspect.llen(key)
    if (type === 'hash') return redis.inspect.hlen(key)
    if (type === 'set') return redis.inspect.scard(key)
    return type === 'string' ? redis.inspect.strlen(key) : redis.inspect.xlen(key)
  })
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}

test('exactly_limit_pass_in_a_burst', async () => {
  const other = await submission.spawn()
  const limit = random.int(15, 30)
  // Slow enough that all calls are under way together. The first round opens the connections.
  redis.proxy.delay(6)
  const by = (index: number) => (index % 2 ? submission : other)
  await Promise.all(repeat(60, (index) => allow(newId(), 1, minute, by(index))))
  const id = newId()
  const decisions = await Promise.all(repeat(60, (index) => allow(id, limit, minute, by(index))))
  redis.proxy.delay(0)
  const remaining = allowedOf(decisions).map((decision) => decision.remaining)
  expect(remaining.sort((a, b) => a - b)).toEqual(repeat(limit, (index) => index))
  for (const { allowed, remaining, retryAfterMs } of decisions)
    if (allowed) expect(retryAfterMs).toBe(0)
    else expect(remaining).toBe(0)
})

test('window_slides_not_resets', async () => {
  const limit = random.int(4, 6)
  // One call, most of a window later the rest, and then, when only the first has left the window, three more. The edge of the
  // clock's own window lies before these. A machine that was too busy to keep to that proves nothing, and has another try.
  for (let windowMs = 500; ; windowMs = Math.round(windowMs * 1.5)) {
    const id = newId()
    const edge = Math.ceil(((await serverNow()) + windowMs * 0.7) / windowMs) * windowMs
    await serverReaches(edge - windowMs * 0.7)
    expect((await allow(id, limit, windowMs)).allowed).toBe(true)
    const firstEnd = await serverNow()
    await serverReaches(edge - windowMs * 0.2)
    const restStart = await serverNow()
    const rest = await Promise.all(repeat(limit - 1, () => allow(id, limit, windowMs)))
    const restEnd = await serverNow()
    await serverReaches(Math.max(firstEnd + windowMs, edge) + 2)
    const late = await Promise.all(repeat(3, () => allow(id, limit, windowMs)))
    const lateEnd = await serverNow()

    const wasInTime = restEnd < edge && restEnd < firstEnd + windowMs && lateEnd < restStart + windowMs
    if (!wasInTime) continue
    expect(allowedOf(rest)).toHaveLength(limit - 1)
    expect(allowedOf(late)).toHaveLength(1)
    return
  }
})

test('retry_after_is_honest', async () => {
  // A machine so busy that the window is over before the second call has another try.
  for (let windowMs = random.int(300, 400); ; windowMs = Math.round(windowMs * 1.5)) {
    const id = newId()
    const firstStart = await serverNow()
    expect(await allow(id, 1, windowMs)).toEqual({ allowed: true, remaining: 0, retryAfterMs: 0 })
    const firstEnd = await serverNow()
    await serverReaches(firstEnd + windowMs / 3)
    const askedStart = await serverNow()
    const { allowed, retryAfterMs } = await allow(id, 1, windowMs)
    const askedEnd = await serverNow()
    if (askedEnd >= firstStart + windowMs) continue
    expect(allowed).toBe(false)
    expect(retryAfterMs).toBeGreaterThanOrEqual(firstStart + windowMs - askedEnd)
    expect(retryAfterMs).toBeLessThanOrEqual(firstEnd + windowMs - askedStart + 1)
    await serverReaches(askedEnd + retryAfterMs)
    expect((await allow(id, 1, windowMs)).allowed).toBe(true)
    return
  }
})

test('rejected_calls_cost_no_memory', async () => {
  const [id, limit] = [newId(), random.int(3, 8)]
  await Promise.all(repeat(limit, () => allow(id, limit, minute)))
  const before = await storedEntries()
  const refused = await Promise.all(repeat(40, () => allow(id, limit, minute)))
  expect(allowedOf(refused)).toEqual([])
  expect(await storedEntries()).toBe(before)
})

test('every_key_expires', async () => {
  const windowMs = random.int(20_000, 40_000)
  await Promise.all(repeat(10, () => allow(newId(), 3, windowMs)))
  const busy = newId()
  for (let call = 0; call < 5; call++) await allow(busy, 3, windowMs)
  const keys = await redis.inspect.keys(`${redis.cfg.redis.prefix}*`)
  expect(keys.length).toBeGreaterThanOrEqual(11)
  for (const key of keys) {
    const left = await redis.inspect.pttl(key)
    expect(left).toBeGreaterThan(windowMs / 4)
    expect(left).toBeLessThanOrEqual(windowMs + 2_000)
  }
})

test('client_clock_is_irrelevant', async () => {
  const fast = await submission.spawn({ clockSkewMs: 60 * minute })
  const [id, limit] = [newId(), random.int(4, 8)]
  const decisions: Decision[] = []
  for (let call = 0; call < limit + 4; call++)
    decisions.push(await allow(id, limit, minute, call % 2 ? fast : submission))
  expect(decisions.map((decision) => decision.allowed)).toEqual(repeat(limit + 4, (index) => index < limit))
  for (const { retryAfterMs } of decisions.slice(limit)) expect(retryAfterMs).toBeLessThanOrEqual(minute)
})

test('one_round_trip_per_decision', async () => {
  await Promise.all(repeat(4, () => allow(newId(), 5, minute)))
  const id = newId()
  const before = redis.proxy.turns
  for (let call = 0; call < 10; call++) await allow(id, 5, minute)
  expect(redis.proxy.turns - before).toBeLessThanOrEqual(10)
  await submission.call('close')
  await until(async () => (await redis.clients()).length === 0, 2_000, 'the end of every connection')
  expect((await allow(id, 5, minute)).allowed).toBe(false)
})

test('ids_do_not_collide', async () => {
  const word = random.name()
  const ids = [word, `${word} `, ` ${word}`, `${word}:`, `:${word}`, word.toUpperCase(), `{${word}}`, '*', '', '\n']
  for (const id of random.shuffle([...ids, random.text()])) {
    expect((await allow(id, 1, minute)).allowed).toBe(true)
    expect((await allow(id, 1, minute)).allowed).toBe(false)
  }
})

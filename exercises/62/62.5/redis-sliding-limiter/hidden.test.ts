import { random, type Submission, submission, until, use } from 'drillbase/kit'
import { expect, test } from 'vitest'

type Decision = { allowed: boolean; remaining: number; retryAfterMs: number }

const redis = use.redis()
const minute = 60_000
/** For a moment of a window: whoever waits for it asks the server for the time. */
const patienceMs = 4_000
/** For what takes an honest submission some ten milliseconds. */
const soonMs = 1_500
/** A client may store the time in whole milliseconds, and a moment on either side of an edge proves nothing. */
const grainMs = 2

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

/**
 * Calls that meet: the server answers what reads and keeps what writes waiting, scripts included, until every call has sent
 * something. Then it lets all of them in at once, and they are over within the same few milliseconds.
 */
async function together<T>(id: string, start: () => Promise<T>[]): Promise<T[]> {
  await redis.inspect.client('PAUSE', patienceMs, 'WRITE')
  const [before, calls] = [redis.proxy.bytesUp, start()]
  const all = Promise.all(calls)
  // Whoever does not send the id as it is has sent everything when nothing has come for a while.
  let [bytes, since] = [before, performance.now()]
  await until(
    () => {
      const now = redis.proxy.bytesUp
      if (now !== bytes) [bytes, since] = [now, performance.now()]
      return now - before >= calls.length * id.length || performance.now() - since > 200
    },
    patienceMs,
    'something of every call',
  ).finally(() => redis.inspect.client('UNPAUSE'))
  return all
}

test('exactly_limit_pass_in_a_burst', async () => {
  const other = await submission.spawn()
  // So long that the bytes on the wire tell how many calls have sent theirs.
  const [id, limit] = [`${newId()}${'-'.repeat(1_000)}`, random.int(15, 30)]
  // Connections are open and scripts are loaded.
  await Promise.all([submission, other].map((by) => allow(newId(), 1, minute, by)))
  const decisions = await together(id, () =>
    repeat(60, (index) => allow(id, limit, minute, index % 2 ? submission : other)),
  )
  const remaining = allowedOf(decisions).map((decision) => decision.remaining)
  expect(remaining.sort((a, b) => a - b)).toEqual(repeat(limit, (index) => index))
  for (const { allowed, remaining, retryAfterMs } of decisions)
    if (allowed) expect(retryAfterMs).toBe(0)
    else expect(remaining).toBe(0)
})

test('window_slides_not_resets', async () => {
  const limit = random.int(4, 6)
  // In parts of a window: a call at 0, the others at 0.4, an edge of the clock's own window at 0.75, and when the first call
  // has left at 1, three more. A machine that was too busy to keep to that proves nothing, and has another try.
  for (let aboutMs = 360; ; aboutMs *= 2) {
    const now = await serverNow()
    // The window that is a quarter over.
    const windowMs = repeat(80, (index) => aboutMs + index).reduce((best, ms) =>
      Math.abs(((now / ms) % 1) - 0.25) < Math.abs(((now / best) % 1) - 0.25) ? ms : best,
    )
    const edge = Math.ceil(now / windowMs) * windowMs
    const id = newId()
    expect((await allow(id, limit, windowMs)).allowed).toBe(true)
    const firstEnd = await serverNow()
    await serverReaches(now + windowMs * 0.4)
    const restStart = await serverNow()
    const rest = await Promise.all(repeat(limit - 1, () => allow(id, limit, windowMs)))
    const restEnd = await serverNow()
    await serverReaches(Math.max(firstEnd + windowMs, edge) + grainMs)
    const late = await Promise.all(repeat(3, () => allow(id, limit, windowMs)))
    const lateEnd = await serverNow()

    const wasInTime = restEnd < edge && lateEnd + grainMs < restStart + windowMs
    if (!wasInTime) continue
    expect(allowedOf(rest)).toHaveLength(limit - 1)
    expect(allowedOf(late)).toHaveLength(1)
    return
  }
})

test('retry_after_is_honest', async () => {
  // Two calls, a third of a window apart, and a third one at once. A machine so busy that this takes longer has another try.
  for (let windowMs = random.int(150, 200); ; windowMs *= 2) {
    const id = newId()
    const firstStart = await serverNow()
    expect(await allow(id, 2, windowMs)).toEqual({ allowed: true, remaining: 1, retryAfterMs: 0 })
    const firstEnd = await serverNow()
    await serverReaches(firstEnd + windowMs / 3)
    const second = await allow(id, 2, windowMs)
    const askedStart = await serverNow()
    const { allowed, remaining, retryAfterMs } = await allow(id, 2, windowMs)
    const askedEnd = await serverNow()
    if (askedEnd - firstEnd > windowMs / 2 || askedEnd + grainMs > firstStart + windowMs) continue
    expect(second).toEqual({ allowed: true, remaining: 0, retryAfterMs: 0 })
    expect({ allowed, remaining }).toEqual({ allowed: false, remaining: 0 })
    expect(retryAfterMs).toBeGreaterThanOrEqual(firstStart + windowMs - askedEnd - 1)
    expect(retryAfterMs).toBeLessThanOrEqual(firstEnd + windowMs - askedStart + grainMs)
    await serverReaches(askedEnd + retryAfterMs)
    expect((await allow(id, 2, windowMs)).allowed).toBe(true)
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
  const windowMs = random.int(60, 90) * 1_000
  await Promise.all(repeat(10, () => allow(newId(), 3, windowMs)))
  const busy = newId()
  for (let call = 0; call < 5; call++) await allow(busy, 3, windowMs)
  const keys = await redis.inspect.keys(`${redis.cfg.redis.prefix}*`)
  expect(keys.length).toBeGreaterThanOrEqual(11)
  for (const key of keys) {
    const left = await redis.inspect.pttl(key)
    expect(left).toBeGreaterThan(windowMs / 2)
    expect(left).toBeLessThanOrEqual(windowMs + 2_000)
  }
})

test('client_clock_is_irrelevant', async () => {
  const clockSkewMs = random.pick([1, -1]) * random.int(10, 120) * minute
  const astray = await submission.spawn({ clockSkewMs })
  const [id, limit] = [newId(), random.int(4, 8)]
  const decisions: Decision[] = []
  for (let call = 0; call < limit + 4; call++)
    decisions.push(await allow(id, limit, minute, call % 2 ? astray : submission))
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
  await until(async () => (await redis.clients()).length === 0, soonMs, 'the end of every connection')
  // What was counted is in Redis, not in the process.
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

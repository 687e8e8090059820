import { random, rejects, type Submission, submission, until, use, within } from 'drillbase/kit'
import { assert, expect, test } from 'vitest'

type Options = { ttlMs: number; nullTtlMs: number; lockMs: number }
type Load = (key: string) => Promise<unknown>

const redis = use.redis()
const patienceMs = 3_000
/** For those who wait for nobody: they are through within some ten milliseconds, or they wait in vain. */
const soonMs = 1_500

/** A lock that outlasts every test: whoever waits for its end waits too long. */
const options: Options = { ttlMs: 60_000, nullTtlMs: 20_000, lockMs: 30_000 }

const getOrLoad = (key: string, load: Load, change: Partial<Options> = {}, by: Submission = submission) =>
  by.call('getOrLoad', redis.cfg, key, { ...options, ...change }, load)

const never: Load = async () => {
  throw new Error('this must not be loaded')
}
const keys = async () => (await redis.inspect.keys(`${redis.cfg.redis.prefix}*`)).sort()
const noKeys = () => until(async () => (await keys()).length === 0, patienceMs, 'the end of the lock')
const newValue = () => ({ id: random.name(), price: random.int(1, 9_999) })

function gate(): { opened: Promise<void>; open(): void } {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open: () => open() }
}

/** A load that the test holds: `begun` counts the calls, `end` lets them return (or throw) this. */
function heldLoad() {
  const { opened, open } = gate()
  let outcome: () => unknown = () => null
  const held = {
    begun: 0,
    load: async () => {
      held.begun++
      await opened
      return outcome()
    },
    end(makeOutcome: () => unknown) {
      outcome = makeOutcome
      open()
    },
  }
  return held
}

/** Waits for so many loads of calls that are under way, or fails with the calls. */
async function loading(held: { begun: number }, count: number, calls: Promise<unknown>[]): Promise<void> {
  let ended = false
  const all = Promise.all(calls)
  const end = () => {
    ended = true
  }
  all.then(end, end)
  await until(() => held.begun >= count || ended, patienceMs, 'a load')
  if (held.begun >= count) return
  await all
  assert.fail('the calls ended without a load')
}

/** Loads a few other keys, one after the other: whoever set out before has long come to its load, if it means to. */
async function meanwhile(...processes: Submission[]): Promise<void> {
  for (let round = 0; round < 3; round++)
    await Promise.all(processes.map((process) => getOrLoad(random.name('other-'), async () => round, {}, process)))
}

test('many_misses_two_processes_one_load', async () => {
  const other = await submission.spawn()
  const [key, value] = [random.name(), newValue()]
  await meanwhile(submission, other)
  const held = heldLoad()
  const calls = Array.from({ length: 60 }, (_, i) => getOrLoad(key, held.load, {}, i % 2 ? submission : other))
  await loading(held, 1, calls)
  await meanwhile(submission, other)
  held.end(() => value)
  const values = await Promise.all(calls)
  expect(held.begun).toBe(1)
  expect(new Set(values.map((one) => JSON.stringify(one, ['id', 'price'])))).toEqual(new Set([JSON.stringify(value)]))

  await Promise.all([submission.call('close'), other.call('close')])
  await until(async () => (await redis.clients()).length === 0, soonMs, 'the end of every connection')
  expect(await getOrLoad(key, never)).toEqual(value)
})

test('stored_between_miss_and_lock', async () => {
  const other = await submission.spawn()
  const [key, value] = [random.name(), newValue()]
  await meanwhile(submission, other)
  const held = heldLoad()
  const first = getOrLoad(key, held.load)
  await loading(held, 1, [first])

  // The way is long now: what the first one stores arrives after the second one's look, and long before its next command.
  redis.proxy.delay(100)
  const sent = redis.proxy.bytesUp
  const second = getOrLoad(key, held.load, {}, other)
  await until(() => redis.proxy.bytesUp > sent, patienceMs, 'the look of the second')
  held.end(() => value)
  expect(await first).toEqual(value)
  redis.proxy.delay(0)
  expect(await within(second, soonMs, 'the value of the second')).toEqual(value)
  expect(held.begun).toBe(1)
})

test('different_keys_do_not_wait_for_each_other', async () => {
  const held = heldLoad()
  const slow = getOrLoad(random.name(), held.load)
  await loading(held, 1, [slow])
  const values = Array.from({ length: 5 }, newValue)
  const fast = Promise.all(values.map((value) => getOrLoad(random.name(), async () => value)))
  expect(await within(fast, soonMs, 'the loads of other keys')).toEqual(values)
  held.end(() => 'slow')
  expect(await slow).toBe('slow')
})

test('dead_lock_holder_is_replaced', async () => {
  const key = random.name()
  const doomed = await submission.spawn()
  const held = heldLoad()
  const lost = getOrLoad(key, held.load, { lockMs: 150 }, doomed)
  await loading(held, 1, [lost])
  const value = newValue()
  const waiting = getOrLoad(key, async () => value)
  await doomed.kill()
  expect(await within(waiting, soonMs, 'a second load')).toEqual(value)
  expect(await getOrLoad(key, never)).toEqual(value)
})

test('loader_error_is_not_cached_and_frees_the_lock', async () => {
  const [key, value] = [random.name(), newValue()]
  const held = heldLoad()
  const failing = getOrLoad(key, held.load)
  const [other] = await Promise.all([submission.spawn(), loading(held, 1, [failing])])
  // One waits in the process whose load fails, one in another: the error is neither's.
  const waiting = Promise.all([submission, other].map((by) => getOrLoad(key, async () => value, {}, by)))
  waiting.catch(() => {})
  await meanwhile(submission, other)
  const code = `DOWN_${random.int(100, 999)}`
  held.end(() => {
    throw Object.assign(new Error('the source is down'), { code })
  })
  await rejects(within(failing, soonMs, 'the error'), code)
  expect(await within(waiting, soonMs, 'the values of those who waited')).toEqual([value, value])
  expect(await getOrLoad(key, never)).toEqual(value)
})

test('null_is_remembered_for_its_own_ttl', async () => {
  const key = random.name()
  let loads = 0
  const load = async () => {
    loads++
    return null
  }
  for (let call = 0; call < 3; call++) expect(await getOrLoad(key, load)).toBeNull()
  expect(loads).toBe(1)

  const stored = await keys()
  expect(stored).toHaveLength(1)
  const ttl = await redis.inspect.pttl(stored[0] as string)
  expect(ttl).toBeGreaterThan(options.nullTtlMs * 0.8)
  expect(ttl).toBeLessThanOrEqual(options.nullTtlMs * 1.1)

  await redis.inspect.pexpire(stored[0] as string, 1)
  await noKeys()
  const value = newValue()
  expect(await getOrLoad(key, async () => value)).toEqual(value)
})

test('falsy_and_odd_values_round_trip', async () => {
  const values = [0, false, '', 'null', [], {}, [null], { a: [1, { b: random.text() }], c: null }, random.text()]
  for (const value of random.shuffle(values)) {
    const key = random.name()
    expect(await getOrLoad(key, async () => value)).toEqual(value)
    expect(await getOrLoad(key, never)).toEqual(value)
  }
})

test('ttls_are_spread', async () => {
  const ttlMs = random.int(90_000, 110_000)
  const wanted = Array.from({ length: 40 }, () => random.name())
  await Promise.all(wanted.map((key) => getOrLoad(key, async () => 1, { ttlMs })))
  const stored = await keys()
  expect(stored).toHaveLength(wanted.length)
  const ttls = await Promise.all(stored.map((key) => redis.inspect.pttl(key)))
  expect(Math.min(...ttls)).toBeGreaterThan(ttlMs * 0.85)
  expect(Math.max(...ttls)).toBeLessThanOrEqual(ttlMs * 1.1 + 1)
  expect(Math.max(...ttls) - Math.min(...ttls)).toBeGreaterThan(ttlMs * 0.05)
})

test('overtaken_loader_does_not_overwrite', async () => {
  const key = random.name()
  const held = heldLoad()
  const slow = getOrLoad(key, held.load, { lockMs: 100 })
  await loading(held, 1, [slow])
  const [other] = await Promise.all([submission.spawn(), noKeys()])
  const [old, fresh] = [newValue(), newValue()]
  expect(await getOrLoad(key, async () => fresh, {}, other)).toEqual(fresh)
  held.end(() => old)
  expect(await slow).toEqual(old)
  expect(await getOrLoad(key, never, {}, other)).toEqual(fresh)
  expect(await getOrLoad(key, never)).toEqual(fresh)
})

test('foreign_lock_is_not_released', async () => {
  const [failing, late] = [random.name(), random.name()]
  const [first, second] = [heldLoad(), heldLoad()]
  const overtaken = [failing, late].map((key) => getOrLoad(key, first.load, { lockMs: 100 }))
  await loading(first, 2, overtaken)
  const [other] = await Promise.all([submission.spawn(), noKeys()])
  const current = [failing, late].map((key) => getOrLoad(key, second.load, {}, other))
  await loading(second, 2, current)
  const locks = await keys()

  let ended = 0
  first.end(() => {
    // One of the two fails.
    if (ended++ === 0) throw Object.assign(new Error('late'), { code: 'LATE' })
    return 'late'
  })
  await Promise.allSettled(overtaken)
  expect(await keys()).toEqual(locks)

  const value = newValue()
  second.end(() => value)
  expect(await Promise.all(current)).toEqual([value, value])
  expect(await getOrLoad(failing, never)).toEqual(value)
  expect(await getOrLoad(late, never)).toEqual(value)
})

test('hostile_keys_stay_apart', async () => {
  const word = random.name()
  const awkward = [`${word} `, `${word}\n`, '*', '', '__proto__', word.toUpperCase(), random.text()]
  // Names that the lock or the entry of the plain word might have.
  const names = ['lock', 'l', 'locks', 'mutex', 'entry', 'value', 'v', 'cache', 'data'].flatMap((name) =>
    [':', '-', '.', '_', '/'].flatMap((mark) => [`${name}${mark}${word}`, `${word}${mark}${name}`]),
  )
  const hostile = random.shuffle([...awkward, ...names])
  const odd = hostile.map((key) => getOrLoad(key, async (asked) => `of ${asked}`))
  // Nobody waits here, but there are many of them.
  await within(Promise.all(odd), patienceMs, 'the odd keys')
  const plain = getOrLoad(word, async (asked) => `of ${asked}`)
  expect(await within(plain, soonMs, 'the plain key')).toBe(`of ${word}`)
  const again = await Promise.all([...hostile, word].map((key) => getOrLoad(key, never)))
  expect(again).toEqual([...hostile, word].map((key) => `of ${key}`))
})

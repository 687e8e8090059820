import { random, rejects, type Submission, submission, until, use } from 'drillbase/kit'
import { assert, beforeEach, expect, test } from 'vitest'

type Answer = { value: unknown; from: string }

const redis = use.redis()
const ttlMs = 60_000
/** Generous, and still far below what a client waits that was left as it is. */
const patienceMs = 2_000
/** For the cache to be in use again, on a machine that is busy with other things too. */
const recoveryMs = 4_000
/** Five times as long as the breaker stays open. */
const silenceMs = 1_500

/** Values name their key, so that an answer to another question is found out. */
const get = (key: string, by: Submission = submission): Promise<Answer> =>
  by.call('get', redis.cfg, key, ttlMs, async (asked: string) => ({ of: asked }))
const newKey = () => random.name('key-')
// A connection on which a failed test has lost bytes would answer every later question with the answer to another one.
beforeEach(() => redis.proxy.cut())

/** Fails as soon as it is plain that the call hangs. */
async function soon<T>(call: Promise<T>, what: string): Promise<T> {
  let settled = false
  const settle = () => {
    settled = true
  }
  call.then(settle, settle)
  await until(() => settled, patienceMs, what)
  return call
}

/**
 * Asks until the cache answers: at once when it is in use, a moment later when the breaker is still open. A busy machine may
 * make any single answer miss the budget, so no test insists on one.
 */
async function served(key: string, by: Submission = submission): Promise<void> {
  let [sent, since, calls] = [redis.proxy.bytesUp, performance.now(), 0]
  await until(
    async () => {
      const { value, from } = await get(key, by)
      expect(value).toEqual({ of: key })
      if (redis.proxy.bytesUp !== sent) [sent, since, calls] = [redis.proxy.bytesUp, performance.now(), 0]
      // Nothing was sent, not even to connect again: asking on would change nothing.
      if (++calls > 50 && performance.now() - since > silenceMs) assert.fail('the cache is no longer asked')
      return from === 'cache'
    },
    recoveryMs,
    'an answer from the cache',
  )
}

/** Without an answer in time there is nothing but the source. */
async function loaded(key: string, by: Submission = submission): Promise<void> {
  expect(await soon(get(key, by), 'an answer without the cache')).toEqual({ value: { of: key }, from: 'load' })
}

/** What was swallowed is lost for its connection, so that goes too. */
function heal(): void {
  redis.proxy.reset()
  redis.proxy.cut()
}

test('healthy_cache_hits', async () => {
  await served(newKey())
  const values = [0, '', false, null, [], { a: random.text() }, random.int(1, 99)]
  for (const value of random.shuffle(values)) {
    const key = newKey()
    const ask = () => submission.call<Answer>('get', redis.cfg, key, ttlMs, async () => value)
    expect(await ask()).toEqual({ value, from: 'load' })
    let passedOver = 0
    const askAgain = async () => {
      const [sent, began] = [redis.proxy.bytesUp, performance.now()]
      const answer = await ask()
      // The cache was asked and had the time to answer.
      const hadItsTime = redis.proxy.bytesUp > sent && performance.now() - began < 100
      passedOver = answer.from === 'load' && hadItsTime ? passedOver + 1 : 0
      expect(passedOver).toBeLessThan(10)
      return answer.from === 'cache' ? answer : null
    }
    const hit = await until(askAgain, patienceMs, 'an answer from the cache')
    expect(hit.value).toEqual(value)
  }
  for (const key of await redis.inspect.keys(`${redis.cfg.redis.prefix}*`)) {
    const left = await redis.inspect.pttl(key)
    expect(left).toBeGreaterThan(0)
    expect(left).toBeLessThanOrEqual(ttlMs)
  }
  await submission.call('close')
  await until(async () => (await redis.clients()).length === 0, 2_000, 'the end of every connection')
  await served(newKey())
})

test('silent_cache_costs_at_most_the_budget', async () => {
  await served(newKey())
  redis.proxy.hole(true)
  for (let calls = 0; calls < 3; calls++) await loaded(newKey())
  await soon(submission.call('close'), 'close() without an answer')
  heal()
  await served(newKey())
})

test('breaker_opens_then_recovers', async () => {
  await served(newKey())
  redis.proxy.hole(true)
  // Three rounds, because a busy machine may need so long for one that the next try of the cache falls into it.
  let roundsInPeace = 0
  for (let round = 0; round < 3 && roundsInPeace === 0; round++) {
    for (let calls = 0; calls < 2; calls++) await loaded(newKey())
    const sentBefore = redis.proxy.bytesUp
    await Promise.all(Array.from({ length: 5 }, () => loaded(newKey())))
    if (redis.proxy.bytesUp === sentBefore) roundsInPeace++
  }
  expect(roundsInPeace).toBe(1)
  heal()
  await served(newKey())
})

test('out_of_memory_is_a_miss_not_an_error', async () => {
  const [known, big] = [newKey(), newKey()]
  await served(known)
  await redis.faults.outOfMemory(true)
  let loads = 0
  for (let call = 1; call <= 4; call++) {
    const answer = await submission.call('get', redis.cfg, big, ttlMs, async (asked: string) => {
      loads++
      return { of: asked }
    })
    expect(answer).toEqual({ value: { of: big }, from: 'load' })
    expect(loads).toBe(call)
  }
  await served(known)
  await redis.faults.outOfMemory(false)
  await served(big)
})

test('thawed_engine_answers_the_right_question', async () => {
  const keys = [newKey(), newKey(), newKey()]
  for (const key of keys) await served(key)
  // Longer than one call's budget for reading and storing: its answers come when nobody waits for them any more.
  await redis.faults.pause(350)
  for (const key of random.shuffle(keys)) expect((await soon(get(key), 'an answer')).value).toEqual({ of: key })
  for (const key of random.shuffle([...keys, newKey()])) await served(key)
})

test('starts_without_a_cache', async () => {
  redis.proxy.refuse(true)
  redis.proxy.cut()
  const fresh = await submission.spawn()
  const key = newKey()
  await Promise.all([loaded(key, fresh), loaded(newKey(), fresh)])
  redis.proxy.refuse(false)
  await served(key, fresh)
})

test('no_connection_storm_during_outage', async () => {
  await served(newKey())
  redis.proxy.reset()
  redis.proxy.hole(true)
  await Promise.all(Array.from({ length: 60 }, () => loaded(newKey())))
  // Ten at a time, some of them given up and opened again: far from one for each call.
  expect(redis.proxy.connections).toBeLessThanOrEqual(30)
  heal()
  await served(newKey())
  await Promise.all(Array.from({ length: 60 }, () => get(newKey())))
  // Those that missed the budget on a busy machine may still be closing.
  await until(async () => (await redis.clients()).length <= 10, recoveryMs, 'at most ten connections')
})

test('loader_errors_still_surface', async () => {
  const key = newKey()
  await served(newKey())
  const code = `DOWN_${random.int(100, 999)}`
  let loads = 0
  const failing = () =>
    submission.call('get', redis.cfg, key, ttlMs, async () => {
      loads++
      throw Object.assign(new Error('the source is down'), { code })
    })
  await rejects(failing(), code)
  redis.proxy.hole(true)
  await rejects(soon(failing(), 'the error of the source'), code)
  expect(loads).toBe(2)
  heal()
  expect(await get(key)).toEqual({ value: { of: key }, from: 'load' })
})

import { PutCommand } from '@aws-sdk/lib-dynamodb'
import { random, rejects, submission, use } from 'drillbase/kit'
import { expect, test } from 'vitest'
import { type Env, type Item, type Options, tables } from './fixture.ts'

const db = use.dynamodb({ tables })

const times = <T>(count: number, make: (index: number) => T) => Array.from({ length: count }, (_, index) => make(index))
const sum = (values: number[]) => values.reduce((total, value) => total + value, 0)

/** In sixty-fourths, and base and cap in multiples of 64: every pause is a whole number then, in any arithmetic. */
const draws = () => times(60, () => random.int(1, 63) / 64)

function newOptions(change: Partial<Options> = {}): Options {
  const baseMs = 64 * random.int(1, 9)
  return { maxAttempts: 20, baseMs, capMs: baseMs * random.pick([3, 5, 6]), deadlineMs: 3_600_000, ...change }
}

/** The pauses that full jitter makes of these draws, one after the other. */
const pauses = (drawn: number[], { baseMs, capMs }: Options) =>
  drawn.map((draw, index) => draw * Math.min(capMs, baseMs * 2 ** index))

/** Time and chance that the test owns, so that nobody waits for real; `naps` are the pauses that were made. */
function world(drawn = draws()) {
  let nowMs = random.int(1e12, 2e12)
  let next = 0
  const naps: number[] = []
  const pass = (ms: number) => {
    nowMs += ms
  }
  const env: Env = {
    now: async () => nowMs,
    sleep: async (ms) => {
      naps.push(ms)
      pass(ms)
    },
    random: async () => drawn[next++ % drawn.length] as number,
  }
  return { drawn, env, naps, pass }
}

const newItem = (): Item => ({ id: { S: random.name('job-') }, payload: { S: random.text() }, size: { N: '7' } })
const plain = ({ id, payload, size }: Item) => ({ id: id?.S, payload: payload?.S, size: Number(size?.N) })

const create = (item: Item, options: Options, env: Env, table = 'jobs') =>
  submission.call<{ attempts: number }>('createOnce', db.cfg, table, item, options, env)

/** Somebody else's, with the very same content. */
async function createByOther(item: Item): Promise<Record<string, unknown>> {
  const other = { ...plain(item), requestId: random.name() }
  await db.inspect.doc.send(new PutCommand({ TableName: 'jobs', Item: other }))
  return other
}

const throttle = { fail: { type: 'ProvisionedThroughputExceededException' } }

test('full_jitter_schedule_is_exact', async () => {
  // Once, and so often that the cap is reached.
  for (const throttles of [1, random.int(5, 7)]) {
    const [options, { drawn, env, naps }] = [newOptions(), world()]
    const before = db.proxy.log.length
    db.proxy.rule((_op, _body, n) => (n <= throttles ? throttle : undefined))
    expect(await create(newItem(), options, env)).toEqual({ attempts: throttles + 1 })
    expect(naps).toEqual(pauses(drawn, options).slice(0, throttles))
    expect(db.proxy.log.length - before).toBe(throttles + 1)
  }
})

test('gives_up_after_the_budget', async () => {
  for (const maxAttempts of [1, 2, random.int(3, 6)]) {
    const { env, naps } = world()
    // One request more, by whomever, would succeed.
    db.proxy.rule((_op, _body, n) => (n <= maxAttempts ? throttle : undefined))
    const before = db.proxy.log.length
    await rejects(create(newItem(), newOptions({ maxAttempts }), env), 'EXHAUSTED')
    expect(db.proxy.log.length - before).toBe(maxAttempts)
    expect(naps).toHaveLength(maxAttempts - 1)
  }
  // The budget is used up and the time as well: the budget is what counts.
  const { env, pass } = world()
  db.proxy.rule(() => {
    pass(10)
    return throttle
  })
  await rejects(create(newItem(), newOptions({ maxAttempts: 1, deadlineMs: 5 }), env), 'EXHAUSTED')
})

test('never_sleeps_past_the_deadline', async () => {
  for (const spareMs of random.shuffle([0, 1])) {
    const [options, { drawn, env, naps, pass }] = [newOptions({ maxAttempts: 50 }), world()]
    // Requests take time as well. The last of these pauses would end at the deadline, or just before it.
    const requestMs = random.int(2, 90)
    const count = random.int(3, 6)
    const wanted = pauses(drawn, options).slice(0, count)
    const deadlineMs = sum(wanted) + count * requestMs + spareMs
    const made = spareMs === 0 ? count - 1 : count
    db.proxy.rule((_op, _body, n) => {
      pass(requestMs)
      return n <= made + 1 ? throttle : undefined
    })
    const before = db.proxy.log.length
    await rejects(create(newItem(), { ...options, deadlineMs }, env), 'DEADLINE')
    expect(naps).toEqual(wanted.slice(0, made))
    expect(db.proxy.log.length - before).toBe(made + 1)
  }
})

test('client_faults_are_not_retried', async () => {
  const { env, naps } = world()
  const refused = newItem()
  // Only this item's create: the rule sees the others too.
  db.proxy.rule((_op, body) =>
    body.Item?.id?.S === refused.id?.S ? { fail: { type: 'AccessDeniedException', status: 400 } } : undefined,
  )
  const calls = [
    () => create(newItem(), newOptions(), env, random.name('no-table-')),
    () => create({ ...newItem(), id: { S: '' } }, newOptions(), env),
    () => create({ ...newItem(), id: { N: '1' } }, newOptions(), env),
    () => create(refused, newOptions(), env),
  ]
  for (const [index, call] of random.shuffle(calls).entries()) {
    const error = await call().then(
      () => null,
      (thrown) => thrown,
    )
    expect(error).not.toBeNull()
    expect(['EXHAUSTED', 'DEADLINE', 'EXISTS']).not.toContain(error.code)
    expect(db.proxy.log).toHaveLength(index + 1)
  }
  expect(naps).toEqual([])
  expect(await db.scan('jobs')).toEqual([])
})

test('lost_reply_is_recognised_as_own_write', async () => {
  const [item, { env, naps }] = [newItem(), world()]
  // The first attempt creates the item; its answer gets lost, and so do those of the next few.
  const losses = random.int(1, 3)
  db.proxy.rule((_op, _body, n) => (n <= losses ? { lost: true } : undefined))
  expect(await create(item, newOptions(), env)).toEqual({ attempts: losses + 1 })
  expect(naps).toHaveLength(losses)
  const [stored, ...more] = await db.scan('jobs')
  expect(more).toEqual([])
  expect(stored).toEqual({ ...plain(item), requestId: expect.stringMatching(/.{8}/) })
  // Another call with the same item is another request.
  await rejects(create(item, newOptions(), env), 'EXISTS')
  expect(await db.scan('jobs')).toEqual([stored])
})

test('lost_reply_then_foreign_owner', async () => {
  const known = newItem()
  const first = await createByOther(known)
  const { env, naps } = world()
  await rejects(create(known, newOptions(), env), 'EXISTS')
  expect(db.proxy.log).toHaveLength(1)
  expect(naps).toEqual([])

  // The connection breaks before the put is executed, and during the pause somebody else creates the same.
  const item = newItem()
  let second: unknown
  db.proxy.refuse(true)
  const sleep = async () => {
    second = await createByOther(item)
    db.proxy.refuse(false)
  }
  await rejects(create(item, newOptions(), { ...env, sleep }), 'EXISTS')
  expect(new Set(await db.scan('jobs'))).toEqual(new Set([first, second]))
})

test('server_errors_and_throttles_both_retry', async () => {
  const faults = random.shuffle([
    { type: 'ProvisionedThroughputExceededException' },
    { type: 'ThrottlingException' },
    { type: 'RequestLimitExceeded' },
    { type: 'TransactionConflictException' },
    { type: 'InternalServerError', status: 500 },
    { type: 'ServiceUnavailable', status: 503 },
    { type: random.name('Unheard'), status: random.pick([500, 502, 504]) },
  ])
  db.proxy.rule((_op, _body, n) => (faults[n - 1] ? { fail: faults[n - 1] as (typeof faults)[0] } : undefined))
  const { env, naps } = world()
  expect(await create(newItem(), newOptions(), env)).toEqual({ attempts: faults.length + 1 })
  expect(naps).toHaveLength(faults.length)
})

test('many_at_once_have_one_winner', async () => {
  const [item, options, callers] = [newItem(), newOptions(), 20]
  const worlds = times(callers, () => world())
  db.proxy.rule((_op, _body, n) => (n <= callers ? throttle : undefined))
  const results = await Promise.allSettled(worlds.map(({ env }) => create(item, options, env)))
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  for (const result of results) if (result.status === 'rejected') expect(result.reason.code).toBe('EXISTS')
  // Each caller has pauses of its own, from its own first one on.
  for (const { drawn, naps } of worlds) expect(naps).toEqual(pauses(drawn, options).slice(0, naps.length))
  expect(await db.scan('jobs')).toEqual([expect.objectContaining(plain(item))])
})

import { random, type Submission, submission, until, use } from 'drillbase/kit'
import { assert, expect, test } from 'vitest'
import { schema, type User } from './fixture.ts'

type Hook = () => Promise<unknown>

const db = use.postgres({ schema })
const redis = use.redis()
const patienceMs = 4_000

const cfg = () => ({ ...db.cfg, ...redis.cfg })
const getUser = (id: number, afterDbRead?: Hook, by: Submission = submission): Promise<User | null> =>
  by.call('getUser', cfg(), id, afterDbRead ? { afterDbRead } : {})
const rename = (id: number, name: string, afterCommit?: Hook, by: Submission = submission): Promise<number | null> =>
  by.call('rename', cfg(), id, name, afterCommit ? { afterCommit } : {})
const newName = () => random.name('name-')

let lastId = 0
async function insertUser(): Promise<{ id: number; name: string }> {
  lastId += random.int(1, 1_000)
  const user = { id: lastId, name: newName() }
  await db.inspect.query('insert into public.users (id, name) values ($1, $2)', [user.id, user.name])
  return user
}

function gate(): { opened: Promise<void>; open(): void } {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open: () => open() }
}

/** Fails with the call, and when the call ends before its time. */
const before = <T>(call: Promise<unknown>, reached: Promise<T>): Promise<T> =>
  Promise.race([reached, call.then(() => assert.fail('the call ended before it got there'))])

/** A hook that tells when it is reached, and lets its call go on when the test says so. */
function stopHere() {
  const { opened, open } = gate()
  let reached = false
  const hook = async () => {
    reached = true
    await opened
  }
  const isReached = (call: Promise<unknown>) =>
    before(
      call,
      until(() => reached, patienceMs, 'a call at its hook'),
    )
  return { hook, goOn: open, isReached }
}

test('second_read_is_a_cache_hit', async () => {
  const { id, name } = await insertUser()
  expect(await getUser(id)).toEqual({ id, name, version: 1, from: 'db' })
  const asked = db.proxy.turns
  expect(await getUser(id)).toEqual({ id, name, version: 1, from: 'cache' })
  expect(db.proxy.turns).toBe(asked)

  await submission.call('close')
  const nobody = async () => (await redis.clients()).length + (await db.sessions()).length === 0
  await until(nobody, 2_000, 'the end of every connection')
  expect((await getUser(id))?.from).toBe('cache')
})

test('stale_reader_cannot_refill_after_a_write', async () => {
  const { id, name } = await insertUser()
  const other = await submission.spawn()
  const reader = stopHere()
  const reading = getUser(id, reader.hook, other)
  await reader.isReached(reading)
  const renamed = newName()
  expect(await rename(id, renamed)).toBe(2)
  reader.goOn()
  expect(await reading).toMatchObject({ id, name })
  for (const by of [submission, other, submission])
    expect(await getUser(id, undefined, by)).toMatchObject({ id, name: renamed, version: 2 })
})

test('two_writers_out_of_order', async () => {
  const { id } = await insertUser()
  const other = await submission.spawn()
  const writer = stopHere()
  const writing = rename(id, newName(), writer.hook, other)
  await writer.isReached(writing)
  const last = newName()
  expect(await rename(id, last)).toBe(3)
  expect(await getUser(id)).toMatchObject({ name: last, version: 3 })
  writer.goOn()
  expect(await writing).toBe(2)
  for (const by of [submission, other])
    expect(await getUser(id, undefined, by)).toMatchObject({ id, name: last, version: 3 })
})

test('read_your_own_write', async () => {
  const { id, name } = await insertUser()
  expect(await getUser(id)).toMatchObject({ name, version: 1 })
  for (let version = 2; version < 6; version++) {
    const renamed = random.pick([newName(), random.text(), ''])
    expect(await rename(id, renamed)).toBe(version)
    expect(await getUser(id)).toMatchObject({ id, name: renamed, version })
    expect(await getUser(id)).toEqual({ id, name: renamed, version, from: 'cache' })
  }
})

test('reader_during_an_uncommitted_write', async () => {
  const { id, name } = await insertUser()
  const other = await submission.spawn()
  const renamed = newName()
  const holder = await db.inspect.connect()
  let writing: Promise<number | null>
  try {
    await holder.query('begin')
    await holder.query('select from public.users where id = $1 for update', [id])
    writing = rename(id, renamed)
    const waits = async () => (await db.sessions()).some((session) => session.waitEventType === 'Lock')
    await before(writing, until(waits, patienceMs, 'a write that waits for the row'))
    expect(await getUser(id, undefined, other)).toMatchObject({ name, version: 1 })
  } finally {
    await holder.query('rollback')
    holder.release()
  }
  expect(await writing).toBe(2)
  for (const by of [submission, other])
    expect(await getUser(id, undefined, by)).toMatchObject({ id, name: renamed, version: 2 })
})

test('storm_settles_on_the_truth', async () => {
  const other = await submission.spawn()
  // For each user one reader that has read the old row, and one writer that has committed the new one. All of them go on at the
  // same moment, and every step to the cache takes a while.
  const users = []
  for (let n = 0; n < 12; n++) {
    const { id } = await insertUser()
    const [reader, writer, renamed] = [stopHere(), stopHere(), newName()]
    const [reads, writes] = random.shuffle([submission, other]) as [Submission, Submission]
    const reading = getUser(id, reader.hook, reads)
    await reader.isReached(reading)
    const writing = rename(id, renamed, writer.hook, n % 3 === 0 ? reads : writes)
    await writer.isReached(writing)
    users.push({ id, renamed, calls: [reading, writing], hooks: n % 2 ? [reader, writer] : [writer, reader] })
  }
  redis.proxy.delay(25)
  for (const { hooks } of users) for (const hook of hooks) hook.goOn()
  await Promise.all(users.flatMap(({ calls }) => calls))
  redis.proxy.delay(0)
  for (const { id, renamed } of users)
    for (const by of [submission, other])
      expect(await getUser(id, undefined, by)).toMatchObject({ id, name: renamed, version: 2 })
})

test('every_cache_key_expires', async () => {
  const [read, written, both] = [await insertUser(), await insertUser(), await insertUser()]
  await getUser(read.id)
  await rename(written.id, newName())
  for (let round = 0; round < 2; round++) {
    await rename(both.id, newName())
    await getUser(both.id)
  }
  const keys = await redis.inspect.keys(`${redis.cfg.redis.prefix}*`)
  expect(keys.length).toBeGreaterThanOrEqual(2)
  for (const key of keys) expect(await redis.inspect.pttl(key)).toBeGreaterThan(0)
})

test('missing_user_is_not_remembered', async () => {
  const id = -random.int(1, 1_000)
  expect(await getUser(id)).toBeNull()
  expect(await rename(id, newName())).toBeNull()
  const name = newName()
  await db.inspect.query('insert into public.users (id, name) values ($1, $2)', [id, name])
  expect(await getUser(id)).toMatchObject({ id, name, version: 1 })
  expect(await rename(id, newName())).toBe(2)
})

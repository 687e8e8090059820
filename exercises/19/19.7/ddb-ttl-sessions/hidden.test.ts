import { BatchWriteCommand, DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import { random, submission, use } from 'drillbase/kit'
import { expect, test } from 'vitest'
import { type Session, tables } from './fixture.ts'

type Now = () => Promise<number>

const db = use.dynamodb({ tables })

const times = <T>(count: number, make: (index: number) => T) => Array.from({ length: count }, (_, index) => make(index))

/** Years away from the real time: whoever asks another clock sees nothing expire. */
function clock() {
  let ms = random.int(1_900_000_000, 2_000_000_000) * 1000 + random.int(1, 998)
  return {
    now: (async () => ms) as Now,
    seconds: () => Math.floor(ms / 1000),
    /** To the last millisecond before this second. */
    toJustBefore: (second: number) => {
      ms = second * 1000 - 1
    },
    to: (second: number) => {
      ms = second * 1000
    },
  }
}

const create = (session: Omit<Session, 'exp'> & { ttlSeconds: number }, now: Now) =>
  submission.call<boolean>('create', db.cfg, session, now)
const get = (user: string, id: string, now: Now) =>
  submission.call<{ data: string; expiresAt: Date } | null>('get', db.cfg, user, id, now)
const renew = (user: string, id: string, ttlSeconds: number, now: Now) =>
  submission.call<boolean>('renew', db.cfg, user, id, ttlSeconds, now)
const list = (user: string, page: { limit: number; after?: string }, now: Now) =>
  submission.call<string[]>('listIds', db.cfg, user, page, now)

const items = () => db.scan('sessions')
const put = (session: Session) => db.inspect.doc.send(new PutCommand({ TableName: 'sessions', Item: session }))
/** What TTL does, some time. */
const remove = (user: string, id: string) =>
  db.inspect.doc.send(new DeleteCommand({ TableName: 'sessions', Key: { user, id } }))
async function putAll(sessions: Session[]): Promise<void> {
  for (let at = 0; at < sessions.length; at += 25) {
    const puts = sessions.slice(at, at + 25).map((Item) => ({ PutRequest: { Item } }))
    await db.inspect.doc.send(new BatchWriteCommand({ RequestItems: { sessions: puts } }))
  }
}

const someone = () => ({ user: random.name('user-'), id: random.name('s-'), data: random.text() })
const numbered = (index: number) => `s${String(index).padStart(4, '0')}`

test('expired_but_present_items_are_invisible', async () => {
  const [{ user, id, data }, time, ttlSeconds] = [someone(), clock(), random.int(20, 900)]
  const end = time.seconds() + ttlSeconds
  expect(await create({ user, id, data, ttlSeconds }, time.now)).toBe(true)
  for (const look of [time.now, time.now]) {
    expect(await get(user, id, look)).toEqual({ data, expiresAt: new Date(end * 1000) })
    expect(await list(user, { limit: 5 }, look)).toEqual([id])
    time.toJustBefore(end)
  }
  time.to(end)
  expect(await get(user, id, time.now)).toBeNull()
  expect(await list(user, { limit: 5 }, time.now)).toEqual([])
  expect(await items()).toHaveLength(1)
})

test('ttl_attribute_is_a_number_of_seconds', async () => {
  const [session, time, ttlSeconds] = [someone(), clock(), random.int(20, 900)]
  const begun = time.seconds()
  await create({ ...session, ttlSeconds }, time.now)
  expect(await items()).toEqual([{ ...session, exp: begun + ttlSeconds }])
  time.to(begun + 10)
  await renew(session.user, session.id, ttlSeconds, time.now)
  expect(await items()).toEqual([{ ...session, exp: begun + 10 + ttlSeconds }])
})

test('renewing_an_expired_session_fails', async () => {
  const [{ user, id, data }, time, ttlSeconds] = [someone(), clock(), random.int(20, 900)]
  await put({ user, id, data, exp: time.seconds() + 10 })
  time.toJustBefore(time.seconds() + 10)
  expect(await renew(user, id, ttlSeconds, time.now)).toBe(true)
  const end = time.seconds() + ttlSeconds
  expect(await get(user, id, time.now)).toEqual({ data, expiresAt: new Date(end * 1000) })

  time.to(end)
  const before = await items()
  expect(await renew(user, id, ttlSeconds, time.now)).toBe(false)
  expect(await renew(user, random.name('s-'), ttlSeconds, time.now)).toBe(false)
  expect(await renew(random.name('user-'), id, ttlSeconds, time.now)).toBe(false)
  expect(await items()).toEqual(before)

  // It lives, but ends just then: the user logs out on another device.
  const other = someone()
  await put({ ...other, exp: time.seconds() + 100 })
  const whileDropped: Now = async () => {
    await remove(other.user, other.id)
    return time.now()
  }
  expect(await renew(other.user, other.id, ttlSeconds, whileDropped)).toBe(false)
  expect(await items()).toEqual(before)
})

test('expired_id_can_be_reused_by_exactly_one', async () => {
  const [session, time, ttlSeconds] = [someone(), clock(), random.int(20, 900)]
  const { user, id } = session
  const first = { ...session, exp: time.seconds() + 10 }
  await put(first)
  time.toJustBefore(first.exp)
  expect(await create({ user, id, data: random.text(), ttlSeconds }, time.now)).toBe(false)
  expect(await items()).toEqual([first])

  // It has expired, and somebody else takes the id just then.
  time.to(first.exp)
  const taken = { user, id, data: random.text(), exp: time.seconds() + 50 }
  const whileTaken: Now = async () => {
    await put(taken)
    return time.now()
  }
  expect(await create({ user, id, data: random.text(), ttlSeconds }, whileTaken)).toBe(false)
  expect(await items()).toEqual([taken])

  time.to(taken.exp)
  const claims = times(12, (index) => ({ user, id, data: `${random.name()} ${index}`, ttlSeconds }))
  const won = await Promise.all(claims.map((claim) => create(claim, time.now)))
  expect(won.filter(Boolean)).toHaveLength(1)
  expect(await get(user, id, time.now)).toMatchObject({ data: claims[won.indexOf(true)]?.data })
  expect(await items()).toHaveLength(1)
})

test('pages_are_full_despite_expired_rows', async () => {
  const [{ user }, time] = [someone(), clock()]
  const isAlive = (index: number) => index % 7 === 3
  const total = random.int(50, 74)
  const exp = (alive: boolean) => time.seconds() + (alive ? random.int(1, 500) : -random.int(0, 500))
  await putAll(times(total, (index) => ({ user, id: numbered(index), data: random.name(), exp: exp(isAlive(index)) })))
  const stranger = random.name('user-')
  await put({ user: stranger, id: numbered(5), data: '', exp: exp(true) })

  const alive = times(total, (index) => index).filter(isAlive)
  const limit = random.int(2, 4)
  for (let at = 0; at <= alive.length; at += limit) {
    const after = at === 0 ? {} : { after: numbered(alive[at - 1] as number) }
    const wanted = alive.slice(at, at + limit).map(numbered)
    expect(await list(user, { limit, ...after }, time.now)).toEqual(wanted)
  }
  expect(await list(stranger, { limit }, time.now)).toEqual([numbered(5)])

  // The dead ones alone fill the megabyte that one request reads: the proxy says when.
  const [crowded, dead] = [random.name('user-'), random.int(20, 40)]
  await putAll(times(dead, (index) => ({ user: crowded, id: numbered(index), data: random.name(), exp: exp(false) })))
  const last = { user: crowded, id: numbered(dead), data: random.name(), exp: exp(true) }
  await put(last)
  db.proxy.rule((op, body) =>
    op === 'Query' ? { replace: { ...body, Limit: Math.min(body.Limit ?? 9, 9) } } : undefined,
  )
  expect(await list(crowded, { limit: random.int(1, 3) }, time.now)).toEqual([last.id])
})

test('background_deletion_changes_nothing_visible', async () => {
  const [{ user }, time, total] = [someone(), clock(), random.int(7, 9)]
  const gone = random.int(1, 3)
  // The session at which the first page ends is the next to die.
  const ends = (index: number) => time.seconds() + (index === gone ? 30 : 3_000)
  await putAll(times(total, (index) => ({ user, id: numbered(index), data: random.name(), exp: ends(index) })))
  const ids = times(total, numbered)
  expect(await list(user, { limit: gone + 1 }, time.now)).toEqual(ids.slice(0, gone + 1))

  time.to(ends(gone))
  const look = async () => ({
    session: await get(user, numbered(gone), time.now),
    renewed: await renew(user, numbered(gone), 60, time.now),
    next: await list(user, { limit: 3, after: numbered(gone) }, time.now),
    all: await list(user, { limit: 50 }, time.now),
  })
  const present = await look()
  await remove(user, numbered(gone))
  expect(await look()).toEqual(present)
  const others = ids.filter((id) => id !== numbered(gone))
  expect(present).toEqual({ session: null, renewed: false, next: others.slice(gone, gone + 3), all: others })

  expect(await create({ user, id: numbered(gone), data: 'again', ttlSeconds: 60 }, time.now)).toBe(true)
  // A session that its user ends is gone at once, and ending it twice does no harm.
  for (let call = 0; call < 2; call++) await submission.call('drop', db.cfg, user, numbered(0))
  expect(await list(user, { limit: 50 }, time.now)).toEqual(ids.slice(1))
})

test('filtering_happens_on_the_server', async () => {
  const [{ user }, time] = [someone(), clock()]
  const isAlive = (index: number) => index % 5 === 0
  const sessions = times(random.int(20, 40), (index) => {
    const exp = time.seconds() + (isAlive(index) ? 1 : -1) * random.int(1, 90)
    return { user, id: numbered(index), data: random.name(), exp }
  })
  await putAll(sessions)
  const alive = sessions.filter((_, index) => isAlive(index)).map(({ id }) => id)
  const delivered: unknown[] = []
  db.proxy.rule(() => ({
    after(answer) {
      for (const item of answer.Items ?? []) delivered.push(item.id?.S)
      return answer
    },
  }))
  expect(await list(user, { limit: 50 }, time.now)).toEqual(alive)
  expect(delivered).toEqual(alive)
  expect(new Set(db.proxy.log.map(({ op }) => op))).toEqual(new Set(['Query']))
})

test('readers_see_the_latest_write', async () => {
  const [{ user, id, data }, time, ttlSeconds] = [someone(), clock(), random.int(20, 900)]
  // Whoever does not ask for a strongly consistent read gets the answer of a replica that has not heard of anything yet.
  db.proxy.rule((op, body) => {
    if (body.ConsistentRead === true) return undefined
    if (op === 'GetItem') return { after: () => ({}) }
    if (op === 'Query' || op === 'Scan') return { after: () => ({ Items: [], Count: 0, ScannedCount: 0 }) }
    return undefined
  })
  await create({ user, id, data, ttlSeconds }, time.now)
  expect(await get(user, id, time.now)).toMatchObject({ data })
  expect(await list(user, { limit: 5 }, time.now)).toEqual([id])
})

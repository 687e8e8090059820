import { setTimeout as pause } from 'node:timers/promises'
import { random, submission, until, use } from 'drillbase/kit'
import { expect, test } from 'vitest'
import { type Consumer, type Event, schema } from './fixture.ts'

const db = use.postgres({ schema })

/** For what an honest submission lets happen at once; generous, because the machine may be busy. */
const patienceMs = 4_000
const quietMs = 500

const start = (fromId: number, onEvent: (event: Event) => Promise<unknown>) =>
  submission.call<Consumer>('startConsumer', db.cfg, fromId, onEvent)

/** A consumer whose events are kept. */
async function collecting(
  fromId = 0,
): Promise<{ seen: Event[]; consumer: Consumer; all(count: number): Promise<Event[]> }> {
  const seen: Event[] = []
  const consumer = await start(fromId, async (event) => {
    seen.push(event)
  })
  return {
    seen,
    consumer,
    async all(count) {
      await until(() => seen.length >= count, patienceMs, `${count} events`)
      return seen
    },
  }
}

const repeat = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))

/** One statement, one transaction. */
async function insert(payloads: string[]): Promise<void> {
  await db.inspect.query('insert into public.events (payload) select unnest($1::text[])', [payloads])
}
const inserted = async (count = 1): Promise<void> => insert(repeat(count, () => random.text()))

async function events(afterId = 0): Promise<Event[]> {
  const { rows } = await db.inspect.query('select id::int, payload from public.events where id > $1 order by id', [
    afterId,
  ])
  return rows
}

const connected = () => until(async () => (await db.sessions()).length > 0, patienceMs, 'a connection')

test('live_events_arrive_in_order', async () => {
  const { all, consumer } = await collecting()
  for (let statements = 0; statements < 12; statements++) await inserted(random.int(1, 3))
  const expected = await events()
  expect(await all(expected.length)).toEqual(expected)
  await inserted()
  expect(await all(expected.length + 1)).toEqual(await events())
  await consumer.stop()
})

test('history_before_start_is_replayed_from_position', async () => {
  const total = random.int(230, 270)
  await inserted(total)
  const position = random.int(10, 25)
  const { all, consumer } = await collecting(position)
  expect(await all(total - position)).toEqual(await events(position))
  await consumer.stop()
})

test('payload_larger_than_a_notification', async () => {
  const { all, consumer } = await collecting()
  await connected()
  const payload = repeat(1_000, () => random.text(20)).join('')
  await insert([payload, ''])
  expect((await all(2)).map((event) => event.payload)).toEqual([payload, ''])
  await consumer.stop()
})

test('event_during_catch_up_is_not_missed', async () => {
  await inserted(random.int(1, 5))
  const seen: Event[] = []
  let late = 0
  const consumer = await start(0, async (event) => {
    seen.push(event)
    // Committed when the consumer has read what was there, and is not done with it.
    if (late++ < 3) await inserted()
  })
  await until(async () => late >= 3 && seen.length >= (await events()).length, patienceMs, 'the late events')
  expect(seen).toEqual(await events())
  await consumer.stop()
})

test('terminated_backend_loses_and_repeats_nothing', async () => {
  const seen: Event[] = []
  let atDoor: Promise<void> | undefined
  const consumer = await start(0, async (event) => {
    seen.push(event)
    await atDoor
  })
  const all = () => until(async () => seen.length >= (await events()).length, patienceMs, 'every event so far')
  await inserted()
  await all()

  // While it waits; and it can't come back before more has happened.
  await connected()
  db.proxy.refuse(true)
  expect(await db.faults.terminateBackends()).toBeGreaterThan(0)
  await inserted(2)
  await until(() => db.proxy.openConnections === 0, patienceMs, 'the end of the connection on both sides')
  db.proxy.refuse(false)
  await all()
  expect(seen).toEqual(await events())

  // While a handler is at work.
  const { promise, resolve: open } = Promise.withResolvers<void>()
  atDoor = promise
  const before = seen.length
  await inserted(2)
  await until(() => seen.length > before, patienceMs, 'a handler at work')
  await db.faults.terminateBackends()
  await inserted()
  atDoor = undefined
  open()
  await all()
  await inserted()
  await all()
  expect(seen).toEqual(await events())
  await consumer.stop()
})

test('failed_handler_gets_the_event_again', async () => {
  const seen: number[] = []
  const failures = random.int(1, 3)
  let left = failures
  const consumer = await start(0, async (event) => {
    seen.push(event.id)
    if (event.id === 2 && left-- > 0) throw new Error('not now')
  })
  await inserted(3)
  await until(() => seen.includes(3), patienceMs, 'the event after the one that failed')
  expect(seen).toEqual([1, ...repeat(failures + 1, () => 2), 3])
  await consumer.stop()
})

test('idle_consumer_is_quiet', async () => {
  const { all, consumer } = await collecting()
  await inserted()
  await all(1)
  await until(
    async () => {
      const turns = db.proxy.turns
      await pause(50)
      return db.proxy.turns === turns
    },
    patienceMs,
    'a consumer at rest',
  )
  const [turns, connections] = [db.proxy.turns, db.proxy.connections]
  await pause(quietMs)
  expect(db.proxy.turns - turns).toBeLessThanOrEqual(1)
  expect(db.proxy.connections).toBe(connections)
  expect((await db.sessions()).every((session) => session.state === 'idle')).toBe(true)
  await inserted()
  expect(await all(2)).toEqual(await events())
  await consumer.stop()
})

test('slow_handler_is_not_run_concurrently', async () => {
  let [running, most] = [0, 0]
  const seen: number[] = []
  const consumer = await start(0, async (event) => {
    most = Math.max(most, ++running)
    await inserted(seen.length < 6 ? 1 : 0)
    await pause(random.int(1, 10))
    running--
    seen.push(event.id)
  })
  await inserted(4)
  await until(() => seen.length >= 10, patienceMs, 'ten events')
  expect(seen).toEqual(repeat(10, (index) => index + 1))
  expect(most).toBe(1)
  await consumer.stop()
})

test('stop_ends_callbacks_and_connections', async () => {
  const { promise, resolve: open } = Promise.withResolvers<void>()
  let [began, ended] = [0, 0]
  const consumer = await start(0, async () => {
    began++
    await promise
    ended++
  })
  await inserted(3)
  await until(() => began === 1, patienceMs, 'a handler at work')
  let stopped = false
  const stopping = consumer.stop().then(() => {
    stopped = true
  })
  // The handler is still at work, so the consumer is not at its end.
  await inserted()
  expect(stopped).toBe(false)
  open()
  await stopping
  expect([began, ended]).toEqual([1, 1])
  await until(async () => (await db.sessions()).length === 0, patienceMs, 'the end of the session')
  await inserted()

  // An idle one, and one that can't connect.
  for (const away of [false, true]) {
    const { all, seen, consumer: other } = await collecting(1)
    await all(4)
    if (away) {
      db.proxy.refuse(true)
      await db.faults.terminateBackends()
    }
    await other.stop()
    db.proxy.refuse(false)
    await inserted()
    await until(async () => (await db.sessions()).length === 0, patienceMs, 'the end of the session')
    expect(seen.length).toBe(away ? 5 : 4)
  }
  expect(began).toBe(1)
})

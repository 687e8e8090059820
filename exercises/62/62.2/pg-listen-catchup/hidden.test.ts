import { setTimeout as pause } from 'node:timers/promises'
import { random, submission, until, use } from 'drillbase/kit'
import { assert, expect, test } from 'vitest'
import { type Consumer, type Event, schema } from './fixture.ts'

// Whoever reads events passes a gate in the middle of the statement, when its snapshot is taken: what it finds is settled, and
// what commits while the gate is shut is not in it.
const gateKey = 62_206
const gate = `
  create function public.pass_gate() returns boolean language plpgsql as $$
    begin
      perform pg_advisory_lock_shared(${gateKey});
      perform pg_advisory_unlock_shared(${gateKey});
      return true;
    end $$;
  alter table public.events enable row level security;
  create policy gate on public.events using ((select public.pass_gate()));`
const db = use.postgres({ schema: schema + gate })

/** For what takes an honest submission some ten milliseconds. */
const soonMs = 1_500
/** For a connection that is lost, with the half second that the submission may wait before the next one. */
const reconnectMs = 500 + soonMs
/** For everything that a test waits for, as long as something comes. */
const longMs = 4_000
/** For whatever is about to come, counted in turns of our own loop: a machine that stands still for a while uses up one. */
const tickMs = 5
const ticksOfQuiet = 60
const ticksOfPatience = 20

const repeat = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))

/** One statement, one transaction, one notification. */
async function insert(payloads: string[]): Promise<void> {
  await db.inspect.query('insert into public.events (payload) select unnest($1::text[])', [payloads])
}
const inserted = (count = 1) => insert(repeat(count, () => random.text()))

async function events(afterId = 0): Promise<Event[]> {
  const { rows } = await db.inspect.query('select id::int, payload from public.events where id > $1 order by id', [
    afterId,
  ])
  return rows
}

const start = (fromId: number, onEvent: (event: Event) => Promise<unknown>) =>
  submission.call<Consumer>('startConsumer', db.cfg, fromId, onEvent)

/** Patience begins anew with every event that arrives. */
async function arrive(seen: unknown[], isEnough: () => boolean, patienceMs: number): Promise<void> {
  let [count, since] = [-1, 0]
  await until(
    () => {
      if (seen.length !== count) [count, since] = [seen.length, performance.now()]
      if (performance.now() - since > patienceMs) assert.fail(`nothing came after ${count} events`)
      return isEnough()
    },
    longMs,
    'the last event',
  )
}

/** A consumer whose events are kept. */
class Collector {
  readonly fromId: number
  readonly seen: Event[] = []
  #handle: Promise<Consumer> | null = null
  failed = false
  constructor(fromId = 0) {
    this.fromId = fromId
  }

  /** Does not wait: a consumer may start by catching up. */
  start(): this {
    this.#handle = start(this.fromId, async (event) => this.seen.push(event))
    this.#handle.catch(() => {
      this.failed = true
    })
    return this
  }

  stop = async () => (await this.#handle)?.stop()

  /** Exactly what is in the table, in its order. */
  async hasAll(patienceMs = soonMs): Promise<void> {
    const expected = await events(this.fromId)
    // Where one is left out or another than it should be, the rest need not come.
    const isAstray = () =>
      this.seen.some(({ id, payload }, at) => {
        const due = expected[at]
        return id !== due?.id || payload !== due.payload
      })
    await arrive(this.seen, () => this.failed || this.seen.length >= expected.length || isAstray(), patienceMs)
    if (this.failed) await this.#handle
    expect(this.seen).toEqual(expected)
  }
}
const collecting = (fromId?: number) => new Collector(fromId).start()

const isReading = async () => (await db.sessions()).some(({ waitEventType }) => waitEventType === 'Lock')

/** `begin` makes the consumer read, and what `work` inserts commits while it does. */
async function whileReading(consumer: Collector, begin: () => unknown, work: () => Promise<unknown>): Promise<void> {
  const keeper = await db.inspect.connect()
  try {
    await keeper.query('select pg_advisory_lock($1)', [gateKey])
    await begin()
    await until(async () => consumer.failed || (await isReading()), reconnectMs, 'a read')
    await work()
  } finally {
    await keeper.query('select pg_advisory_unlock_all()')
    keeper.release()
  }
}

test('live_events_arrive_in_order', async () => {
  await inserted()
  const consumer = collecting()
  await consumer.hasAll()
  for (let statements = 0; statements < 8; statements++) await inserted(random.int(2, 3))
  await consumer.hasAll()
  await inserted()
  await consumer.hasAll()
  await consumer.stop()
})

test('history_before_start_is_replayed_from_position', async () => {
  await inserted(random.int(215, 235))
  const consumer = collecting(random.int(5, 12))
  await consumer.hasAll()
  await inserted()
  await consumer.hasAll()
  await consumer.stop()
})

test('payload_larger_than_a_notification', async () => {
  await inserted()
  const consumer = collecting()
  await consumer.hasAll()
  await insert([repeat(1_000, () => random.text(20)).join('')])
  await consumer.hasAll()
  await insert([''])
  await consumer.hasAll()
  await consumer.stop()
})

test('event_during_catch_up_is_not_missed', async () => {
  await inserted(random.int(1, 5))
  const consumer = new Collector()
  const twoMore = async () => {
    await inserted()
    await inserted()
  }
  await whileReading(consumer, () => consumer.start(), twoMore)
  await consumer.hasAll()
  // Once more, with a read that a notification has caused.
  await whileReading(consumer, inserted, twoMore)
  await consumer.hasAll()
  await consumer.stop()
})

test('terminated_backend_loses_and_repeats_nothing', async () => {
  await inserted()
  const waiting = collecting()
  await waiting.hasAll()
  // It can't come back before more has happened, and nothing happens when it is back.
  db.proxy.refuse(true)
  expect(await db.faults.terminateBackends()).toBeGreaterThan(0)
  await inserted(random.int(2, 4))
  await until(() => db.proxy.openConnections === 0, soonMs, 'the end of the connection on both sides')
  db.proxy.refuse(false)
  await waiting.hasAll(reconnectMs)
  await waiting.stop()

  // While a handler is at work.
  const { promise, resolve: open } = Promise.withResolvers<void>()
  const fromId = (await events()).length
  const seen: Event[] = []
  const busy = await start(fromId, async (event) => {
    seen.push(event)
    await promise
  })
  await inserted(2)
  await until(() => seen.length > 0, soonMs, 'a handler at work')
  await db.faults.terminateBackends()
  await inserted()
  open()
  await arrive(seen, () => seen.length >= 3, reconnectMs)
  await inserted()
  await arrive(seen, () => seen.length >= 4, reconnectMs)
  expect(seen).toEqual(await events(fromId))
  await busy.stop()
})

test('failed_handler_gets_the_event_again', async () => {
  const seen: number[] = []
  const failures = random.int(1, 2)
  let left = failures
  const consumer = await start(0, async ({ id }) => {
    seen.push(id)
    if (id === 2 && left-- > 0) throw new Error('not now')
  })
  await inserted(3)
  await arrive(seen, () => seen.includes(3), reconnectMs)
  expect(seen).toEqual([1, ...repeat(failures + 1, () => 2), 3])
  await consumer.stop()
})

test('idle_consumer_is_quiet', async () => {
  await inserted()
  const consumer = collecting()
  await consumer.hasAll()
  // It may look once or twice whether that was all.
  const [turns, connections] = [db.proxy.turns, db.proxy.connections]
  const asked = () => db.proxy.turns - turns
  for (let tick = 0; tick < ticksOfQuiet && asked() <= 2; tick++) await pause(tickMs)
  expect(asked()).toBeLessThanOrEqual(2)
  expect(db.proxy.connections).toBe(connections)
  expect((await db.sessions()).map(({ state }) => state)).toEqual(['idle'])
  await inserted()
  await consumer.hasAll()
  await consumer.stop()
})

test('slow_handler_is_not_run_concurrently', async () => {
  const { promise, resolve: open } = Promise.withResolvers<void>()
  let [running, most] = [0, 0]
  const seen: number[] = []
  const consumer = await start(0, async ({ id }) => {
    most = Math.max(most, ++running)
    await promise
    running--
    seen.push(id)
  })
  await inserted(3)
  await until(() => running > 0, soonMs, 'a handler at work')
  await inserted(2)
  for (let tick = 0; tick < ticksOfPatience && most === 1; tick++) await pause(tickMs)
  open()
  await arrive(seen, () => seen.length >= 5, soonMs)
  expect(most).toBe(1)
  expect(seen).toEqual([1, 2, 3, 4, 5])
  await consumer.stop()
})

test('stop_ends_callbacks_and_connections', async () => {
  await inserted(3)
  const { promise, resolve: open } = Promise.withResolvers<void>()
  let [began, ended] = [0, 0]
  const busy = await start(0, async () => {
    began++
    await promise
    ended++
  })
  const idle = collecting(2)
  await idle.hasAll()
  await until(() => began > 0, soonMs, 'a handler at work')
  // Told to stop one after the other: where nothing is waited for, the first answer comes first.
  let isOver = false
  const stopping = busy.stop().then(() => {
    isOver = true
  })
  await idle.stop()
  const wasOver = isOver
  open()
  await stopping
  expect({ wasOver, began, ended }).toEqual({ wasOver: false, began: 1, ended: 1 })
  await until(async () => (await db.sessions()).length === 0, soonMs, 'the end of every session')

  // One that can't connect.
  const away = collecting(2)
  await away.hasAll()
  db.proxy.refuse(true)
  await db.faults.terminateBackends()
  await away.stop()
  db.proxy.refuse(false)
  await inserted()
  await until(async () => (await db.sessions()).length === 0, soonMs, 'the end of every session')
  expect([began, idle.seen.length, away.seen.length]).toEqual([1, 1, 1])
})

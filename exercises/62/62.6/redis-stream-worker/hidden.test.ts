import { random, type Submission, submission, until, use, within } from 'drillbase/kit'
import { assert, expect, onTestFinished, test } from 'vitest'

type Entry = { id: string; fields: Record<string, string>; deliveries: number }
type Handler = (entry: Entry) => Promise<unknown>
type Worker = { stop(): Promise<void> }
type Options = ReturnType<typeof optionsOf>

const redis = use.redis()
const patienceMs = 3_000
/** For what an honest worker does within some ten milliseconds. */
const soonMs = 1_500
/** For what it finds when it looks round: it may block for a second before it does. */
const nextTurnMs = 2_500
/** A worker that asks again and again has done so by then. */
const hearingMs = 500

/** Idle for five seconds: nothing that an honest worker is busy with becomes idle in between. */
const optionsOf = (change: Partial<{ consumer: string; idleMs: number; maxDeliveries: number }> = {}) => ({
  stream: random.name('jobs-'),
  group: random.name('group-'),
  consumer: random.name('worker-'),
  idleMs: 5_000,
  maxDeliveries: 3,
  dlq: random.name('dead-'),
  ...change,
})

const start = (options: Options, handler: Handler, by: Submission = submission): Promise<Worker> =>
  by.call('startWorker', redis.cfg, options, handler)

/** Adds entries with one number each, and returns their ids. */
async function add(options: Options, numbers: number[]): Promise<string[]> {
  const ids: string[] = []
  for (const n of numbers)
    ids.push((await redis.inspect.xadd(redis.key(options.stream), '*', 'n', String(n), 'tag', options.group)) as string)
  return ids
}

const pending = async (options: Options): Promise<number> => {
  const [count] = (await redis.inspect.xpending(redis.key(options.stream), options.group)) as [number]
  return count
}
const nothingPending = (options: Options) =>
  until(async () => (await pending(options)) === 0, patienceMs, 'an empty pending list')

/**
 * Waits until so many entries were handled. Entries that the group has passed and nobody has on a list never come any more.
 * In this order: what was acknowledged before we ask was handled before that.
 */
async function handled(options: Options, seen: { length: number }, count: number, what: string): Promise<void> {
  const key = redis.key(options.stream)
  const [newest] = await redis.inspect.xrevrange(key, '+', '-', 'COUNT', 1)
  const allHandled = async () => {
    const [group] = ((await redis.inspect.xinfo('GROUPS', key)) as unknown[][]).map(pairs)
    const isPassed = group?.['last-delivered-id'] === newest?.[0] && group?.pending === 0
    return seen.length >= count || (isPassed && assert.fail(`${what}: they were passed over`))
  }
  await until(allHandled, patienceMs, what)
}
const pairs = (flat: unknown[]): Record<string, unknown> =>
  Object.fromEntries(range(0, flat.length / 2).map((i) => [flat[2 * i], flat[2 * i + 1]]))

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index)

function gate(): { opened: Promise<void>; open(): void } {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open: () => open() }
}

test('entries_before_and_after_start_in_order', async () => {
  const options = optionsOf()
  const [before, all] = [random.int(8, 15), random.int(16, 24)]
  await add(options, range(0, before))
  const seen: number[] = []
  await start(options, async ({ fields, deliveries }) => {
    expect(fields).toEqual({ n: fields.n, tag: options.group })
    expect(deliveries).toBe(1)
    seen.push(Number(fields.n))
  })
  await handled(options, seen, before, 'the entries from before')
  await add(options, range(before, all))
  await handled(options, seen, all, 'the entries from after')
  expect(seen).toEqual(range(0, all))
  await nothingPending(options)
})

test('no_redelivery_after_success', async () => {
  const options = optionsOf({ idleMs: 100 })
  const ids = await add(options, range(0, 5))
  const seen: string[] = []
  await start(options, async ({ id }) => seen.push(id))
  await until(() => seen.length >= 5, patienceMs, 'every entry')
  await nothingPending(options)

  // The last entry is put on the pending list again, in the name of nobody. Once the worker has found it, it would also have
  // found any entry before it.
  const last = ids.at(-1) as string
  await redis.inspect.xclaim(redis.key(options.stream), options.group, 'nobody', 0, last, 'FORCE')
  await until(() => seen.length > 5, nextTurnMs, 'the abandoned entry')
  expect(seen).toEqual([...ids, last])
  expect(await redis.inspect.exists(redis.key(options.dlq))).toBe(0)
})

test('ack_only_after_success', async () => {
  const options = optionsOf()
  await add(options, range(0, 3))
  const during: number[] = []
  await start(options, async ({ id }) => {
    const rows = await redis.inspect.xpending(redis.key(options.stream), options.group, id, id, 1)
    during.push(rows.length)
  })
  await until(() => during.length === 3, patienceMs, 'every entry')
  expect(during).toEqual([1, 1, 1])
  await nothingPending(options)
})

test('crash_inside_handler_is_recovered', async () => {
  const options = optionsOf({ idleMs: 150 })
  const doomed = await submission.spawn()
  await add(options, range(0, 4))
  let inHand: string | null = null
  await start(
    { ...options, consumer: 'doomed' },
    ({ id }) => {
      inHand = id
      return new Promise(() => {})
    },
    doomed,
  )
  await until(() => inHand !== null, patienceMs, 'an entry in the hands of the doomed worker')
  await doomed.kill()

  const seen = new Map<string, Entry>()
  await start(options, async (entry) => seen.set(entry.id, entry))
  await until(() => seen.size === 4, nextTurnMs, 'every entry')
  expect(seen.get(inHand as unknown as string)?.deliveries).toBe(2)
  await nothingPending(options)
})

test('failing_handler_is_retried_then_dead_lettered', async () => {
  const maxDeliveries = random.int(2, 3)
  const options = optionsOf({ idleMs: 100, maxDeliveries })
  const n = random.int(100, 999)
  const [poison] = (await add(options, [n])) as [string]
  const tries: number[] = []
  const good: string[] = []
  const look = async () => {
    const [[, letters], [, waiting]] = (await redis.inspect
      .multi()
      .xlen(redis.key(options.dlq))
      .xpending(redis.key(options.stream), options.group, poison, poison, 1)
      .exec()) as [[null, number], [null, unknown[]]]
    return { letters, waiting: waiting.length }
  }
  // Redis tells of the letter as soon as it is written, when a second step cannot have been taken yet.
  const messenger = redis.inspect.duplicate()
  const told = messenger.xread('BLOCK', 0, 'STREAMS', redis.key(options.dlq), '0').then(look)
  told.catch(() => {})
  onTestFinished(() => messenger.disconnect())

  await start(options, async (entry) => {
    if (entry.id !== poison) return good.push(entry.id)
    tries.push(entry.deliveries)
    // From here on every chunk takes a moment: between two steps there is time to look.
    if (tries.length === maxDeliveries) redis.proxy.delay(25)
    throw new Error('poison')
  })
  await until(() => tries.length > 0, patienceMs, 'the first try')
  const healthy = await add(options, [0])
  await until(() => good.length > 0, patienceMs, 'the entry behind the poison')
  expect(good).toEqual(healthy)

  // The letter and the acknowledgement are seen together or not at all.
  const settled = await until(
    async () => {
      const seen = await look()
      expect(tries.length).toBeLessThanOrEqual(maxDeliveries)
      return (seen.letters > 0 || seen.waiting === 0) && seen
    },
    // An honest worker may block for a second before each look: before every further try, and before the letter.
    maxDeliveries * 1_000 + soonMs,
    'the dead letter',
  )
  expect(settled).toEqual({ letters: 1, waiting: 0 })
  expect(await told).toEqual(settled)
  expect(tries).toEqual(range(1, maxDeliveries + 1))
  const [[, letter]] = (await redis.inspect.xrange(redis.key(options.dlq), '-', '+')) as [[string, string[]]]
  const record = Object.fromEntries(range(0, letter.length / 2).map((i) => [letter[2 * i], letter[2 * i + 1]]))
  expect(record).toMatchObject({ origId: poison, n: String(n), tag: options.group })
})

test('two_workers_share_without_overlap', async () => {
  const options = optionsOf()
  const other = await submission.spawn()
  const seen: { one: string[]; two: string[] } = { one: [], two: [] }
  // Whoever comes first waits for the other: both take part, in every run.
  const both = () => until(() => seen.one.length > 0 && seen.two.length > 0, patienceMs, 'both workers at work')
  await start({ ...options, consumer: 'one' }, async ({ id }) => {
    seen.one.push(id)
    await both()
  })
  await start(
    { ...options, consumer: 'two' },
    async ({ id }) => {
      seen.two.push(id)
      await both()
    },
    other,
  )
  const ids = await add(options, range(0, random.int(25, 40)))
  await until(() => seen.one.length + seen.two.length >= ids.length, patienceMs, 'every entry')
  await nothingPending(options)
  expect([...seen.one, ...seen.two].sort()).toEqual([...ids].sort())
})

test('waiting_entries_are_not_hoarded', async () => {
  const options = optionsOf({ idleMs: 500 })
  const [first, second] = await add(options, range(0, 2))
  const held = gate()
  const seen: { busy: string[]; free: string[] } = { busy: [], free: [] }
  await start({ ...options, consumer: 'busy' }, async ({ id }) => {
    seen.busy.push(id)
    if (id === first) await held.opened
  })
  await until(() => seen.busy.length === 1, patienceMs, 'the busy worker')
  const free = await start({ ...options, consumer: 'free' }, async ({ id }) => seen.free.push(id))
  await until(() => seen.free.includes(second as string), patienceMs, 'the second entry at the free worker')
  await within(free.stop(), nextTurnMs, 'stop() of the free worker')
  held.open()

  // By the time the busy worker has a third entry, it is through with whatever it had put aside.
  const [third] = await add(options, [2])
  await until(() => seen.busy.includes(third as string), patienceMs, 'the third entry at the busy worker')
  expect(seen.busy).not.toContain(second)
})

/** So that a worker waits for what will never come, whatever it was doing: a driver can mend a connection between two commands. */
async function loseAnAnswer(): Promise<void> {
  const passed = () => redis.proxy.bytesUp + redis.proxy.bytesDown
  const before = passed()
  const deadline = performance.now() + hearingMs
  redis.proxy.hole(true)
  await until(() => passed() > before || performance.now() > deadline, patienceMs)
  redis.proxy.hole(false)
}

test('killed_connections_do_not_stop_it', async () => {
  const options = optionsOf({ idleMs: 300 })
  const seen = new Set<string>()
  await start(options, async ({ id }) => seen.add(id))
  const expected = await add(options, range(0, 3))
  await until(() => seen.size >= 3, patienceMs, 'the entries before the first kill')
  for (let kills = 0; kills < 2; kills++) {
    await loseAnAnswer()
    await until(() => redis.faults.killClients(), patienceMs, 'a connection to kill')
    expected.push(...(await add(options, range(0, 3))))
    await until(() => seen.size >= expected.length, nextTurnMs, 'the entries after a kill')
  }
  expect([...seen].sort()).toEqual([...expected].sort())
  await nothingPending(options)
})

test('trimmed_pending_entry_is_tolerated', async () => {
  const options = optionsOf({ idleMs: 100 })
  const key = redis.key(options.stream)
  const [gone, kept] = await add(options, range(0, 2))
  // An earlier worker of the same name took an entry and died, and the entry was deleted since.
  await redis.inspect.xgroup('CREATE', key, options.group, '0')
  await redis.inspect.xreadgroup('GROUP', options.group, options.consumer, 'COUNT', 1, 'STREAMS', key, '>')
  await redis.inspect.xdel(key, gone as string)

  const seen: string[] = []
  await start(options, async ({ id }) => seen.push(id))
  await until(() => seen.includes(kept as string), soonMs, 'the entry that is still there')
  await nothingPending(options)
  expect(seen).toEqual([kept])
})

test('stop_is_prompt_and_clean', async () => {
  const options = optionsOf()
  const idle = await start(optionsOf(), async () => {})
  const held = gate()
  const seen: string[] = []
  const busy = await start(options, async ({ id }) => {
    seen.push(id)
    await held.opened
  })
  const [first] = await add(options, range(0, 3))
  await until(() => seen.length === 1, patienceMs, 'a handler at work')

  let stopped = 0
  for (const worker of [idle, busy]) void worker.stop().then(() => stopped++)
  await until(() => stopped === 1, nextTurnMs, 'stop() of a worker without work')
  held.open()
  await until(() => stopped === 2, nextTurnMs, 'stop() of a worker whose handler has ended')
  expect(seen).toEqual([first])
  expect(await pending(options)).toBe(0)
  await until(async () => (await redis.clients()).length === 0, soonMs, 'the end of every connection')
})

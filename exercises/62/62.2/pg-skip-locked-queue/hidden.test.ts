import { random, submission, until, use } from 'drillbase/kit'
import { expect, test } from 'vitest'
import { schema } from './fixture.ts'

const db = use.postgres({ schema })

type Job = { id: number; token: string; payload: unknown; attempt: number }
type NewJob = { payload?: unknown; priority?: number; maxAttempts?: number; runInMs?: number }

const maxConnections = 10
/** For what an honest submission lets happen at once; generous, because the machine may be busy. */
const patienceMs = 3_000
/** For what takes an honest submission some ten milliseconds. */
const soonMs = 1_500
const minuteMs = 60_000
/** A long lease: none ends by itself in these tests, `lapse` ends it. */
const leaseMs = () => random.int(60, 120) * 1_000
/** Between the server's answer and our look at it. */
const lookingMs = 20_000

const claim = (n: number, ms = leaseMs(), worker = random.name('worker-')) =>
  submission.call<Job[]>('claim', db.cfg, worker, n, ms)
const complete = ({ id, token }: Job) => submission.call<boolean>('complete', db.cfg, id, token)
const extend = ({ id, token }: Job, ms: number) => submission.call<boolean>('extend', db.cfg, id, token, ms)

const repeat = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))
const payload = () => ({ task: random.text(), numbers: [random.int(1, 99), null], nested: { ok: true } })

/** In the order in which their ids grow. */
async function add(jobs: NewJob[]): Promise<void> {
  await db.inspect.query(
    `insert into public.jobs (payload, priority, max_attempts, run_at)
     select payload, coalesce(priority, 0), coalesce("maxAttempts", 3), now() + coalesce("runInMs", 0) * interval '1 ms'
     from jsonb_to_recordset($1) as job(payload jsonb, priority int, "maxAttempts" int, "runInMs" int)`,
    [JSON.stringify(jobs.map((job) => ({ payload: payload(), ...job })))],
  )
}

type Row = {
  id: number
  payload: unknown
  priority: number
  state: string
  worker: string | null
  token: string | null
  attempts: number
  /** Until the lease ends, by the server's clock. */
  leftMs: number | null
}
async function jobs(): Promise<Row[]> {
  const { rows } = await db.inspect.query(
    `select id::int, payload, priority, state, worker, token, attempts,
       (extract(epoch from lease_until - clock_timestamp()) * 1000)::float8 as "leftMs"
     from public.jobs order by id`,
  )
  return rows
}

const lapse = () =>
  db.inspect.query(`update public.jobs set lease_until = now() - interval '1 second' where lease_until is not null`)

const waiting = async () => (await db.sessions()).filter((session) => session.waitEventType === 'Lock').length

/** Runs `work` while another transaction holds the rows that `condition` names; `letGo` gives them up before the end. */
async function holding<T>(condition: string, work: (letGo: () => Promise<unknown>) => Promise<T>): Promise<T> {
  const holder = await db.inspect.connect()
  try {
    await holder.query('begin')
    await holder.query(`select id from public.jobs where ${condition} for update`)
    return await work(() => holder.query('rollback'))
  } finally {
    // An open transaction would hold its rows in the next test as well.
    await holder.query('rollback')
    holder.release()
  }
}

const inOrder = (rows: { id: number; priority: number }[]) =>
  [...rows].sort((a, b) => b.priority - a.priority || a.id - b.id)

test('priority_then_fifo', async () => {
  // Urgent ones last, so that neither their ids nor their places in the table are in the order that is asked for.
  await add(repeat(28, (index) => ({ priority: Math.floor(index / 7) * 10 + random.int(0, 3) })))
  const expected = inOrder(await jobs()) as Row[]
  const size = random.int(6, 8)
  const worker = random.name('worker-')

  const claimed: Job[] = []
  for (let taken = 0; taken < 28; taken += size) {
    const batch = await claim(size, leaseMs(), worker)
    expect(batch.length).toBe(Math.min(size, 28 - taken))
    claimed.push(...batch)
  }
  expect(claimed.map((job) => job.id)).toEqual(expected.map((row) => row.id))
  expect(claimed.map((job) => job.payload)).toEqual(expected.map((row) => row.payload))
  expect(new Set(claimed.map((job) => job.attempt))).toEqual(new Set([1]))
  const tokens = new Map((await jobs()).map((row) => [row.id, row.token]))
  expect(claimed.map((job) => job.token)).toEqual(claimed.map((job) => tokens.get(job.id)))
  expect((await jobs()).every((row) => row.state === 'running' && row.worker === worker)).toBe(true)
  expect(await claim(1)).toEqual([])
})

test('no_job_claimed_twice', async () => {
  const [total, each] = [random.int(90, 130), random.int(2, 4)]
  await add(repeat(total, () => ({})))
  const second = await submission.spawn()

  const batches = await holding(`id <= ${each}`, async (letGo) => {
    let allEnded = false
    const calls = Promise.all(
      repeat(24, (index) =>
        (index % 2 ? submission : second).call<Job[]>('claim', db.cfg, `worker-${index}`, each, leaseMs()),
      ),
    ).finally(() => {
      allEnded = true
    })
    // Whoever waits for the rows that are held has chosen them before it has them: then several must choose the same.
    await until(async () => allEnded || (await waiting()) >= 4, patienceMs, 'the claims')
    await letGo()
    return calls
  })

  const ids = batches.flat().map((job) => job.id)
  expect(new Set(ids).size).toBe(ids.length)
  const rest = await claim(total)
  expect(ids.length + rest.length).toBe(total)
  expect((await jobs()).every((row) => row.attempts === 1)).toBe(true)
})

test('a_locked_row_does_not_block_others', async () => {
  await add([{ priority: 9 }, { priority: 5, maxAttempts: 1 }, { priority: 3 }, { priority: 2 }, { priority: 1 }])
  // The second is over: its only attempt lapsed.
  await db.inspect.query(`update public.jobs set state = 'running', attempts = 1, token = gen_random_uuid(),
    lease_until = now() - interval '1 second' where id = 2`)
  await holding('id <= 2', async () => {
    let ended = false
    const call = claim(2).finally(() => {
      ended = true
    })
    await until(async () => ended || (await waiting()) > 0, patienceMs, 'an answer, or a wait')
    expect(ended).toBe(true)
    expect((await call).map((job) => job.id)).toEqual([3, 4])
  })
  expect((await claim(5)).map((job) => job.id)).toEqual([1, 5])
  expect((await jobs())[1]?.state).toBe('dead')
})

test('crashed_worker_job_comes_back', async () => {
  await add([{}])
  const crashing = await submission.spawn()
  const [first] = await crashing.call<Job[]>('claim', db.cfg, 'crashing', 1, leaseMs())
  await crashing.kill()
  expect(await claim(1)).toEqual([])

  await lapse()
  const worker = random.name('worker-')
  const [again] = await claim(1, leaseMs(), worker)
  expect(again).toMatchObject({ id: first?.id, payload: first?.payload, attempt: 2 })
  expect(again?.token).not.toBe(first?.token)
  expect((await jobs())[0]).toMatchObject({ state: 'running', worker, token: again?.token, attempts: 2 })
})

test('stale_token_cannot_complete', async () => {
  await add([{}])
  const [stale] = (await claim(1)) as [Job]
  await lapse()
  const [current] = (await claim(1)) as [Job]

  expect(await complete(stale)).toBe(false)
  expect(await extend(stale, leaseMs())).toBe(false)
  expect((await jobs())[0]).toMatchObject({ state: 'running', token: current.token })
  expect(await complete(current)).toBe(true)
  expect((await jobs())[0]?.state).toBe('done')
  expect(await complete(current)).toBe(false)
  await lapse()
  expect(await claim(1)).toEqual([])
})

test('lapsed_lease_is_no_right', async () => {
  await add([{}])
  const [job] = (await claim(1)) as [Job]
  await lapse()
  // Nobody else has it yet, but somebody might at any moment.
  expect(await complete(job)).toBe(false)
  expect(await extend(job, leaseMs())).toBe(false)
  expect((await jobs())[0]?.state).toBe('running')
  expect(await claim(1)).toMatchObject([{ id: job.id, attempt: 2 }])
})

test('extend_keeps_the_lease', async () => {
  await add([{}])
  const short = random.int(100, 200) * 1_000
  const [job] = (await claim(1, short)) as [Job]
  expect((await jobs())[0]?.leftMs).toBeGreaterThan(short - lookingMs)
  expect((await jobs())[0]?.leftMs).toBeLessThanOrEqual(short)

  // From now, whatever was left: longer or shorter.
  for (const ms of [random.int(500, 600) * 1_000, random.int(30, 60) * 1_000]) {
    expect(await extend(job, ms)).toBe(true)
    expect((await jobs())[0]?.leftMs).toBeGreaterThan(ms - lookingMs)
    expect((await jobs())[0]?.leftMs).toBeLessThanOrEqual(ms)
  }
  expect(await claim(1)).toEqual([])
  expect(await complete(job)).toBe(true)
  expect(await extend(job, leaseMs())).toBe(false)
})

test('poison_job_goes_dead', async () => {
  const maxAttempts = random.int(1, 4)
  await add([{ maxAttempts }, { priority: -1 }])
  let last: Job | undefined
  for (let attempt = 1; attempt <= maxAttempts; attempt++) {
    const batch = await claim(1)
    expect(batch).toMatchObject([{ id: 1, attempt }])
    last = batch[0]
    await lapse()
  }
  // Its attempts are used up: the next claim passes it by and buries it.
  expect(await claim(5)).toMatchObject([{ id: 2, attempt: 1 }])
  expect((await jobs())[0]).toMatchObject({ state: 'dead', attempts: maxAttempts })
  expect(await complete(last as Job)).toBe(false)
  expect(await claim(5)).toEqual([])
})

test('future_jobs_wait', async () => {
  await add([{ priority: 100, runInMs: random.int(30, 90) * minuteMs }, { priority: 1 }])
  expect((await claim(5)).map((job) => job.id)).toEqual([2])
  await db.inspect.query(`update public.jobs set run_at = now() - interval '1 second' where id = 1`)
  expect((await claim(5)).map((job) => job.id)).toEqual([1])
})

test('the_servers_clock_decides', async () => {
  await add([{}, { priority: 1, runInMs: 30 * minuteMs }])
  // Ahead or behind: either a job that is not due or a lease that is over.
  const clockSkewMs = random.pick([1, -1]) * random.int(60, 600) * minuteMs
  const astray = await submission.spawn({ clockSkewMs })
  const ms = leaseMs()
  expect(await astray.call<Job[]>('claim', db.cfg, 'astray', 5, ms)).toMatchObject([{ id: 1 }])
  const [row] = await jobs()
  expect(row?.leftMs).toBeGreaterThan(ms - lookingMs)
  expect(row?.leftMs).toBeLessThanOrEqual(ms)
  expect(await claim(5)).toEqual([])
  expect(await astray.call('extend', db.cfg, 1, row?.token, ms)).toBe(true)
  expect(await astray.call('complete', db.cfg, 1, row?.token)).toBe(true)
})

test('few_round_trips_per_claim', async () => {
  await add(repeat(60, () => ({})))
  await claim(1)
  await claim(1)
  db.proxy.reset()
  expect(await claim(40)).toHaveLength(40)
  expect(db.proxy.turns).toBeLessThanOrEqual(20)
})

test('close_frees_every_connection', async () => {
  await add(repeat(30, () => ({})))
  await Promise.all(repeat(20, () => claim(1)))
  expect((await db.sessions()).length).toBeLessThanOrEqual(maxConnections)
  await submission.call('close')
  await until(async () => (await db.sessions()).length === 0, soonMs, 'the end of every session')
  expect(await claim(1)).toHaveLength(1)
})

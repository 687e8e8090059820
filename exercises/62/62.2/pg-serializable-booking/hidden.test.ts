import { random, rejects, submission, until, use } from 'drillbase/kit'
import { expect, test } from 'vitest'
import { schema } from './fixture.ts'

/**
 * Beside the table a schema that a submission neither sees nor needs: it makes the database refuse a booking at its COMMIT,
 * because the constraint trigger is deferred. A sequence counts the tries, since nothing rolls a sequence back.
 */
const refusals = `
  create schema grading;
  create table grading.refusals (room text primary key, last_try bigint not null, sqlstate text not null);
  create sequence grading.tries;
  create function grading.refuse() returns trigger language plpgsql security definer set search_path = '' as $$
    declare
      refusal grading.refusals;
    begin
      select * into refusal from grading.refusals r where r.room = new.room;
      -- What the tests themselves insert is neither counted nor refused.
      if found and session_user <> current_user and nextval('grading.tries') <= refusal.last_try then
        raise exception 'the transaction cannot be committed now' using errcode = refusal.sqlstate;
      end if;
      return null;
    end $$;
  create constraint trigger refuse after insert on public.bookings
    deferrable initially deferred for each row execute function grading.refuse();`

const db = use.postgres({ schema: schema + refusals })

type Request = { room: string; from: Date; to: Date; who: string }
type Booking = { id: number; attempts: number }

const maxConnections = 10
/** For what an honest submission lets happen at once; generous, because the machine may be busy. */
const patienceMs = 3_000
const gatherMs = 3_000
/** For what takes an honest submission some ten milliseconds. */
const soonMs = 1_500

const day = Date.UTC(2030, random.int(0, 11), random.int(1, 28))
const at = (minute: number) => new Date(day + minute * 60_000)
const request = (room: string, from: number, to: number): Request => ({
  room,
  from: at(from),
  to: at(to),
  who: random.name('guest-'),
})
const room = () => random.name('room-')

const book = (wanted: Request, afterCheck?: (attempt: number) => Promise<void>) =>
  submission.call<Booking>('book', db.cfg, wanted, afterCheck)

async function booked(): Promise<{ id: number; room: string; starts: Date; ends: Date; who: string }[]> {
  const { rows } = await db.inspect.query('select id::int, room, starts, ends, who from public.bookings order by id')
  return rows
}

const meets = (wanted: Request, row: { room: string; starts: Date; ends: Date }) =>
  row.room === wanted.room && row.starts < wanted.to && row.ends > wanted.from

/** Tries 1 to `lastTry`, counted over all rooms that are refused, fail at their COMMIT. */
const refuseCommits = (where: string, lastTry: number, sqlstate = '40001') =>
  db.inspect.query('insert into grading.refusals values ($1, $2, $3)', [where, lastTry, sqlstate])

async function tries(): Promise<number> {
  const { rows } = await db.inspect.query('select last_value::int as last from grading.tries')
  return rows[0].last
}

const waitsForLock = async () => (await db.sessions()).some((session) => session.waitEventType === 'Lock')

/**
 * A hook that lets nobody go on before `count` callers are there. A submission that makes others wait at a lock, or lets few in
 * at a time, is as good: then the hook opens as well.
 */
function meetingPoint(count: number): () => Promise<void> {
  let arrived = 0
  let open = false
  return async () => {
    arrived++
    const deadline = performance.now() + gatherMs
    await until(
      async () => {
        open ||= arrived >= count || performance.now() > deadline || (await waitsForLock())
        return open
      },
      gatherMs + patienceMs,
      'the other callers',
    )
  }
}

test('touching_intervals_both_commit', async () => {
  const [one, other] = [room(), room()]
  const [start, middle, end] = [random.int(0, 60), random.int(90, 150), random.int(180, 240)]
  const wanted = [request(one, start, middle), request(one, middle, end), request(other, start, end)]
  const ids: number[] = []
  for (const each of wanted) {
    const { id, attempts } = await book(each)
    expect(attempts).toBe(1)
    ids.push(id)
  }
  expect(await booked()).toEqual(
    wanted.map(({ from, to, ...rest }, index) => ({
      id: ids[index],
      room: rest.room,
      starts: from,
      ends: to,
      who: rest.who,
    })),
  )

  await rejects(book(request(one, middle - 1, middle + 1)), 'TAKEN')
  await rejects(book(request(other, start - 10, end + 10)), 'TAKEN')
  await rejects(book(request(other, start + 1, start + 2)), 'TAKEN')
  expect(await booked()).toHaveLength(3)
})

test('overlap_pair_commits_once', async () => {
  const second = await submission.spawn()
  const pairs: [[number, number], [number, number]][] = [
    [
      [0, 60],
      [0, 60],
    ],
    [
      [0, 60],
      [random.int(1, 59), random.int(60, 120)],
    ],
  ]
  for (const [[from, to], [laterFrom, laterTo]] of pairs) {
    const where = room()
    const meet = meetingPoint(2)
    const outcomes = await Promise.allSettled([
      book(request(where, from, to), meet),
      second.call<Booking>('book', db.cfg, request(where, laterFrom, laterTo), meet),
    ])
    const codes = outcomes.map((outcome) => (outcome.status === 'fulfilled' ? 'booked' : outcome.reason.code))
    expect(codes.sort()).toEqual(['TAKEN', 'booked'])
    expect((await booked()).filter((row) => row.room === where)).toHaveLength(1)
  }
})

test('storm_leaves_no_overlap', async () => {
  const where = room()
  const meet = meetingPoint(4)
  // Every request wants one of three moments, so of the first four that meet two want the same.
  const wanted = random.shuffle(
    Array.from({ length: 36 }, (_, index) => {
      const moment = 100 + (index % 3) * 200
      return request(where, moment - random.int(0, 50), moment + random.int(1, 50))
    }),
  )
  const outcomes = await Promise.allSettled(wanted.map((each) => book(each, meet)))

  const rows = await booked()
  const overlapping = rows.filter((row) =>
    rows.some((other) => other.id < row.id && other.starts < row.ends && other.ends > row.starts),
  )
  expect(overlapping).toEqual([])
  const ids = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value.id] : []))
  expect(ids.sort((a, b) => a - b)).toEqual(rows.map((row) => row.id))
  expect(ids.length).toBeGreaterThan(0)
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome.status === 'fulfilled' || outcome.reason.code === 'RETRIES_EXHAUSTED') continue
    if (outcome.reason.code !== 'TAKEN') throw outcome.reason
    expect(rows.some((row) => meets(wanted[index] as Request, row))).toBe(true)
  }
})

test('commit_time_failure_is_retried', async () => {
  const [first, second] = [room(), room()]
  const [serializationFailures, deadlocks] = [random.int(1, 4), random.int(1, 4)]
  await refuseCommits(first, serializationFailures, '40001')
  await refuseCommits(second, serializationFailures + 1 + deadlocks, '40P01')

  const seen: number[] = []
  const note = async (attempt: number) => {
    seen.push(attempt)
  }
  expect((await book(request(first, 0, 30), note)).attempts).toBe(serializationFailures + 1)
  expect(seen).toEqual([1, 2, 3, 4, 5].slice(0, serializationFailures + 1))
  expect((await book(request(second, 0, 30), note)).attempts).toBe(deadlocks + 1)
  expect((await booked()).map((row) => row.room)).toEqual([first, second])
})

test('the_look_is_repeated_too', async () => {
  const where = room()
  await refuseCommits(where, 1)
  const attempts: number[] = []
  const call = book(request(where, 10, 50), async (attempt) => {
    attempts.push(attempt)
    if (attempt > 1) return
    // Somebody else books, and by the time of the second attempt that is history.
    await db.inspect.query(
      `insert into public.bookings (room, starts, ends, who) values ($1, $2, $3, 'somebody else')`,
      [where, at(random.int(0, 9)), at(random.int(11, 90))],
    )
  })
  await rejects(call, 'TAKEN')
  expect((await booked()).map((row) => row.who)).toEqual(['somebody else'])
})

test('retry_budget_is_five', async () => {
  const where = room()
  await refuseCommits(where, 1_000)
  const seen: number[] = []
  await rejects(
    book(request(where, 0, 30), async (attempt) => {
      seen.push(attempt)
    }),
    'RETRIES_EXHAUSTED',
  )
  expect(seen).toEqual([1, 2, 3, 4, 5])
  expect(await tries()).toBe(5)
  expect(await booked()).toEqual([])
})

test('constraint_errors_are_not_retried', async () => {
  const where = room()
  const start = random.int(30, 60)
  for (const end of [start, start - random.int(1, 29)]) {
    let looks = 0
    const [outcome] = await Promise.allSettled([
      book(request(where, start, end), async () => {
        looks++
      }),
    ])
    expect(outcome?.status).toBe('rejected')
    expect(['TAKEN', 'RETRIES_EXHAUSTED']).not.toContain((outcome as PromiseRejectedResult).reason.code)
    expect(looks).toBeLessThanOrEqual(1)
  }
  expect((await book(request(where, start, start + 1))).attempts).toBe(1)
})

test('callback_error_rolls_back', async () => {
  const where = room()
  const code = random.name('HOOK_').toUpperCase()
  let calls = 0
  const failing = async () => {
    calls++
    throw Object.assign(new Error('the hook failed'), { code })
  }
  await rejects(book(request(where, 0, 30), failing), code)
  expect(calls).toBe(1)
  expect(await booked()).toEqual([])
  expect((await book(request(where, 0, 30))).attempts).toBe(1)
})

test('nothing_left_open_after_failures', async () => {
  const where = room()
  await book(request(where, 0, 60))
  const failing = async () => {
    throw new Error('the hook failed')
  }
  // More failures than a pool has connections: one that is lost or left open with each of them runs out.
  for (let round = 0; round < 4; round++) {
    let failures = 0
    const fails = (call: Promise<unknown>) =>
      call.catch(() => {
        failures++
      })
    void fails(book(request(where, 10, 20)))
    void fails(book(request(where, 90, 80)))
    void fails(book(request(where, 100, 120), failing))
    await until(() => failures === 3, soonMs, 'three failures')
  }

  await until(
    async () => (await db.sessions()).every((session) => session.state === 'idle'),
    soonMs,
    'every session idle',
  )
  expect((await book(request(where, 60, 90))).attempts).toBe(1)
  expect((await db.sessions()).length).toBeLessThanOrEqual(maxConnections)

  await submission.call('close')
  await until(async () => (await db.sessions()).length === 0, soonMs, 'the end of every session')
  await book(request(where, 90, 100))
})

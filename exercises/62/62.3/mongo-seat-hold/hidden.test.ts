import { random, rejects, type Submission, submission, until, use } from 'drillbase/kit'
import { expect, test } from 'vitest'
import { type Answer, freeSeats, type Request, type Seat, type Show } from './fixture.ts'

const mongo = use.mongodb({ collections: [{ name: 'shows' }] })
const shows = () => mongo.inspect.collection<Show>('shows')
const minute = 60_000

/** A show with free seats, changed as the test wants it. */
async function openShow(count: number, change: (seats: Seat[]) => void = () => {}): Promise<Show> {
  const row = random.pick(['A', 'B', 'C'])
  const seats = freeSeats(row, count)
  change(seats)
  const show = { _id: random.name('show'), seats, requests: [] }
  await shows().insertOne(show)
  return show
}

const stored = async (show: Show) => (await shows().findOne({ _id: show._id })) as Show
const holders = async (show: Show) => (await stored(show)).seats.map((seat) => seat.holder)
const nameOf = (show: Show, index: number) => (show.seats[index] as Seat).n

const hold = (show: Show, seats: number[], rest: Partial<Request> = {}, by: Submission = submission): Promise<Answer> =>
  by.call('hold', mongo.cfg, {
    showId: show._id,
    seats: seats.map((index) => nameOf(show, index)),
    holder: random.name('buyer'),
    ms: minute,
    requestId: random.name('request'),
    ...rest,
  })

test('holds_all_or_none', async () => {
  const show = await openShow(6)
  const [ann, bob] = [random.name('ann'), random.name('bob')]
  const before = Date.now()
  const { until, replayed } = await hold(show, [1, 2], { holder: ann })
  expect(replayed).toBe(false)
  expect(until.getTime() - before).toBeGreaterThanOrEqual(minute - 1000)
  expect(until.getTime() - Date.now()).toBeLessThanOrEqual(minute + 1000)

  await rejects(hold(show, [3, 2], { holder: bob }), 'TAKEN')
  expect(await holders(show)).toEqual([null, ann, ann, null, null, null])
  const { seats } = await stored(show)
  expect(seats[1]?.until).toEqual(until)
  expect(seats[2]?.until).toEqual(until)

  await hold(show, [3, 4], { holder: bob })
  expect(await holders(show)).toEqual([null, ann, ann, bob, bob, null])
})

test('no_seat_is_held_twice_under_load', async () => {
  const size = 8
  const show = await openShow(size)
  const other = await submission.spawn()
  const popular = random.int(0, size - 1)
  const wishes = Array.from({ length: 36 }, (_, i) => {
    // The first ones all want one seat.
    const first = i < 8 ? popular : random.int(0, size - 1)
    return { holder: `buyer-${i}`, seats: [first, (first + random.int(1, size - 1)) % size] }
  })
  // Connections are open already, and the way is long until the first buyer has an answer: so whoever looks before writing
  // looks before the others have written.
  const elsewhere = await openShow(8)
  await Promise.all(elsewhere.seats.map((_, i) => hold(elsewhere, [i], {}, i % 2 ? submission : other)))
  mongo.proxy.delay(80)
  const calls = wishes.map(({ holder, seats }, i) => hold(show, seats, { holder }, i % 2 ? submission : other))
  await Promise.race(calls.map((call) => call.catch(() => null)))
  mongo.proxy.delay(0)
  const results = await Promise.allSettled(calls)

  const expected: (string | null)[] = Array.from({ length: size }, () => null)
  for (const [i, result] of results.entries()) {
    const wish = wishes[i] as (typeof wishes)[number]
    if (result.status === 'rejected') expect(result.reason.code).toBe('TAKEN')
    else
      for (const seat of wish.seats) {
        expect(expected[seat], 'a seat was given to two buyers').toBeNull()
        expected[seat] = wish.holder
      }
  }
  expect(await holders(show)).toEqual(expected)
})

test('expired_hold_is_free_again', async () => {
  const now = Date.now()
  const show = await openShow(4, (seats) => {
    Object.assign(seats[0] as Seat, { holder: 'early', until: new Date(now - random.int(50, 5_000)) })
    Object.assign(seats[1] as Seat, { holder: 'early', until: new Date(now + minute) })
  })
  const holder = random.name('late')
  await rejects(hold(show, [0, 1], { holder }), 'TAKEN')
  await hold(show, [0, 2], { holder })
  expect(await holders(show)).toEqual([holder, 'early', holder, null])
})

test('sold_seat_stays_sold', async () => {
  const holder = random.name('buyer')
  const show = await openShow(4, (seats) => {
    Object.assign(seats[1] as Seat, { sold: true })
    Object.assign(seats[2] as Seat, { sold: true, holder, until: new Date(Date.now() - minute) })
  })
  await rejects(hold(show, [0, 1], { holder }), 'TAKEN')
  await rejects(hold(show, [2], { holder }), 'TAKEN')
  expect(await holders(show)).toEqual([null, null, holder, null])
})

test('holder_may_extend_own_seats', async () => {
  const show = await openShow(5)
  const holder = random.name('ann')
  const first = await hold(show, [1], { holder, ms: 5_000 })
  const second = await hold(show, [2, 1], { holder, ms: minute })
  expect(second.until.getTime()).toBeGreaterThan(first.until.getTime())
  const { seats } = await stored(show)
  expect(seats[1]?.until).toEqual(second.until)
  expect(await holders(show)).toEqual([null, holder, holder, null, null])
})

test('same_request_id_is_idempotent', async () => {
  const show = await openShow(6)
  const request = { holder: random.name('ann'), requestId: random.name('request') }
  // Slow enough that whoever looks before writing looks before the others have written. The first round opens the
  // connections, so that in the second all eight set out together.
  mongo.proxy.delay(40)
  await Promise.allSettled(Array.from({ length: 8 }, () => hold(show, [0])))
  const answers = await Promise.all(Array.from({ length: 8 }, () => hold(show, [3, 4], request)))
  mongo.proxy.delay(0)
  expect(answers.filter((answer) => !answer.replayed)).toHaveLength(1)
  expect(new Set(answers.map((answer) => answer.until.getTime())).size).toBe(1)
  const { requests } = await stored(show)
  const served = requests.filter((known) => known.id === request.requestId)
  expect(served).toEqual([{ id: request.requestId, until: answers[0]?.until }])
})

test('lost_reply_is_answered_again', async () => {
  const show = await openShow(5)
  await hold(show, [0])
  const request = { holder: random.name('ann'), requestId: random.name('request') }
  // Every chunk is held for a moment, so that the connection can be cut after the write and before its answer; long enough
  // to see the write on a busy machine too.
  mongo.proxy.delay(200)
  const lost = hold(show, [2, 3], request).catch(() => 'lost')
  const first = await until(async () => (await stored(show)).seats[2]?.until, 4_000, 'seats that are held')
  mongo.proxy.cut()
  mongo.proxy.delay(0)
  await lost

  const again = await hold(show, [2, 3], request)
  expect(again).toEqual({ until: first, replayed: true })
  expect((await stored(show)).requests.filter((known) => known.id === request.requestId)).toHaveLength(1)
})

test('operators_in_input_are_refused', async () => {
  const show = await openShow(5)
  const holder = random.name('ann')
  await hold(show, [1], { holder })
  const free = [nameOf(show, 2)]
  const bad: Record<string, unknown>[] = [
    { seats: [{ $ne: null }] },
    { seats: free, holder: { $gt: '' } },
    { seats: free, showId: { $ne: 'x' } },
    { seats: free, requestId: { $exists: true } },
    { seats: [] },
    { seats: [...free, ...free] },
    { seats: free, ms: -1 },
    { seats: free, ms: 'soon' },
  ]
  for (const fields of random.shuffle(bad)) await rejects(hold(show, [2], fields as Partial<Request>), 'BAD_REQUEST')
  expect(await holders(show)).toEqual([null, holder, null, null, null])
})

test('unknown_show_or_seat', async () => {
  const show = await openShow(4)
  await rejects(hold(show, [1], { showId: random.name('nowhere') }), 'NO_SHOW')
  await rejects(hold(show, [1], { seats: [nameOf(show, 1), 'Z99'] }), 'TAKEN')
  expect(await shows().countDocuments()).toBe(1)
  expect(await holders(show)).toEqual([null, null, null, null])
})

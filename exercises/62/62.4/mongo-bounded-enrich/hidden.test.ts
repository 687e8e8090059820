import { random, rejects, submission, until, use } from 'drillbase/kit'
import { afterEach, assert, expect, test } from 'vitest'
import type { FetchOne, Options, Paper, Report } from './fixture.ts'

const mongo = use.mongodb()
/** For what takes an honest submission some ten milliseconds. */
const soonMs = 1_500
/** For a run whose connections were cut, with whatever its driver tries again. */
const patienceMs = 3_000

async function newLibrary(count: number, path = '') {
  const collection = random.name('papers')
  const papers = mongo.inspect.collection<Paper>(collection)
  const ids = Array.from({ length: count }, (_, i) => `${String(i).padStart(4, '0')}-${random.name()}`)
  const urlOf = (id: string) => `https://${id}.example/${path}`
  await papers.insertMany(random.shuffle(ids).map((_id) => ({ _id, url: urlOf(_id) })))
  const enrich = (fetchOne: FetchOne, options: Partial<Options> = {}) =>
    submission.call<Report>('enrich', mongo.cfg, { collection, limit: 8, batch: 20, ...options }, fetchOne)
  return { papers, ids, urlOf, enrich }
}

/** Fetches that the test holds, and lets go one by one or all. */
function holdFetches() {
  const waiting: (() => void)[] = []
  let isOpen = false
  let underWay = 0
  const held = {
    begun: 0,
    most: 0,
    async fetchOne() {
      held.begun++
      held.most = Math.max(held.most, ++underWay)
      if (!isOpen) await new Promise<void>((resolve) => waiting.push(resolve))
      underWay--
      return 'found'
    },
    letOneGo: () => waiting.shift()?.(),
    open() {
      isOpen = true
      for (const go of waiting.splice(0)) go()
    },
  }
  openAll = held.open
  return held
}

/** Waits for so many fetches of a run, or fails with it. */
async function fetching(held: { begun: number }, count: number, run: Promise<unknown>): Promise<void> {
  let ended = false
  const end = () => {
    ended = true
  }
  run.then(end, end)
  await until(() => held.begun >= count || ended, patienceMs, `${count} fetches`)
  if (held.begun >= count) return
  await run
  assert.fail(`the run ended before it had begun ${count} fetches`)
}

/** Whatever a failed test has left waiting goes on and ends. */
let openAll = () => {}
afterEach(() => {
  openAll()
  mongo.proxy.cut()
})

/** Fails as soon as it is plain that the call hangs. */
async function soon<T>(call: Promise<T>, what: string, deadlineMs = soonMs): Promise<T> {
  let settled = false
  const settle = () => {
    settled = true
  }
  call.then(settle, settle)
  await until(() => settled, deadlineMs, what)
  return call
}

test('every_document_is_enriched_once', async () => {
  // Not a multiple of the batch, so that some results are left at the end.
  const { papers, ids, urlOf, enrich } = await newLibrary(random.int(82, 98))
  const [early, ...rest] = ids as [string, ...string[]]
  await papers.updateOne({ _id: early }, { $set: { enriched: null } })
  const found = new Map<string, unknown>()
  const asked: string[] = []
  const report = await enrich(async (id, url) => {
    asked.push(id)
    expect(url).toBe(urlOf(id))
    found.set(id, random.pick([random.name(), random.int(1, 999), { title: random.text() }, 0, '', false, null, []]))
    return found.get(id)
  })
  expect(asked, 'the papers without enriched, in the order of their _id').toEqual(rest)
  expect(report).toEqual({ done: rest.length, failed: 0 })
  for (const { _id, ...paper } of await papers.find({ _id: { $ne: early } }).toArray())
    expect(paper).toEqual({ url: urlOf(_id), enriched: found.get(_id) })
  expect(await enrich(async () => 'again')).toEqual({ done: 0, failed: 0 })
})

test('concurrency_is_used_and_bounded', async () => {
  const [count, limit] = [random.int(25, 40), random.int(3, 8)]
  const { enrich } = await newLibrary(count)
  const held = holdFetches()
  const report = enrich(held.fetchOne, { limit, batch: 100 })
  await fetching(held, limit, report)
  for (let begun = limit + 1; begun <= count; begun++) {
    held.letOneGo()
    await until(() => held.begun >= begun, soonMs, 'another fetch as soon as one has ended')
    expect(held.begun, 'fetches begun').toBe(begun)
  }
  held.open()
  expect(await report).toEqual({ done: count, failed: 0 })
  expect(held.most, 'fetches at once').toBe(limit)
})

test('partial_failures_are_recorded_and_resumable', async () => {
  const { papers, ids, enrich } = await newLibrary(random.int(30, 45))
  const bad = random.shuffle(ids).slice(0, random.int(5, 9)).sort()
  const reasons = new Map(bad.map((id) => [id, `no ${random.text()}`]))
  const fetchOne: FetchOne = async (id) => {
    if (reasons.has(id)) throw new Error(reasons.get(id))
    return `of ${id}`
  }
  expect(await enrich(fetchOne)).toEqual({ done: ids.length - bad.length, failed: bad.length })
  const failed = () =>
    papers
      .find({ enriched: { $exists: false } }, { projection: { url: 0 } })
      .sort({ _id: 1 })
      .toArray()
  expect(await failed()).toEqual(bad.map((_id) => ({ _id, attempts: 1, lastError: reasons.get(_id) })))
  expect(await papers.countDocuments({ enriched: { $exists: true }, attempts: { $exists: false } })).toBe(
    ids.length - bad.length,
  )

  const asked: string[] = []
  const [healed, ...ill] = bad as [string, ...string[]]
  reasons.delete(healed)
  for (const id of ill) reasons.set(id, `still no ${random.name()}`)
  const report = await enrich((id, url) => {
    asked.push(id)
    return fetchOne(id, url)
  })
  expect(asked, 'the papers that failed before').toEqual(bad)
  expect(report).toEqual({ done: 1, failed: ill.length })
  expect(await failed()).toEqual(ill.map((_id) => ({ _id, attempts: 2, lastError: reasons.get(_id) })))
  expect((await papers.findOne({ _id: healed }))?.enriched).toBe(`of ${healed}`)
})

test('event_loop_stays_responsive', async () => {
  const limit = random.int(3, 6)
  const { papers, enrich } = await newLibrary(5 * limit)
  const held = holdFetches()
  const cutOff = enrich(held.fetchOne, { limit, batch: limit }).catch(() => 'an error, or not')
  await fetching(held, limit, cutOff)
  // From here on the database hears nothing and says nothing. Whatever the run asks for next, it has to wait.
  mongo.proxy.hole(true)
  const { bytesUp } = mongo.proxy
  held.open()
  await until(() => mongo.proxy.bytesUp > bytesUp, patienceMs, 'a question to the database')
  for (let call = 0; call < 30; call++)
    await soon(rejects(enrich(held.fetchOne, { limit: 0 }), 'BAD_REQUEST'), 'the answer to a call beside it')
  mongo.proxy.hole(false)
  mongo.proxy.cut()
  await soon(cutOff, 'the end of a run whose connections are dead', patienceMs)

  await enrich(held.fetchOne)
  expect(await papers.countDocuments({ enriched: 'found' })).toBe(5 * limit)
})

test('backpressure_on_the_cursor', async () => {
  const [count, limit] = [random.int(200, 240), random.int(3, 5)]
  const { papers, enrich } = await newLibrary(count, 'x'.repeat(8_000))
  const held = holdFetches()
  const report = enrich(held.fetchOne, { limit, batch: 20 })
  await fetching(held, limit, report)
  // Time enough for whoever reads on without waiting.
  for (let round = 0; round < 10; round++) await papers.countDocuments()
  expect(held.begun).toBe(limit)
  expect(mongo.proxy.bytesDown, 'bytes read before a single fetch has ended').toBeLessThan(600_000)
  held.open()
  expect(await report).toEqual({ done: count, failed: 0 })
})

test('few_round_trips_for_writes', async () => {
  const count = random.int(180, 220)
  const { papers, enrich } = await newLibrary(count)
  mongo.proxy.reset()
  await enrich(async () => 'found', { limit: 20, batch: 50 })
  expect(mongo.proxy.turns).toBeLessThan(70)
  expect(await papers.countDocuments({ enriched: 'found' })).toBe(count)
})

test('results_during_a_write_are_kept', async () => {
  const [limit, batch] = [random.int(5, 8), random.int(2, 4)]
  const { papers, enrich } = await newLibrary(4 * limit)
  const held = holdFetches()
  const report = enrich(held.fetchOne, { limit, batch })
  await fetching(held, limit, report)
  // Slow enough that the other results come while the first batch is being written.
  mongo.proxy.delay(30)
  const { bytesUp } = mongo.proxy
  for (let gone = 0; gone < batch; gone++) held.letOneGo()
  await until(() => mongo.proxy.bytesUp > bytesUp, patienceMs, 'the first write')
  held.open()
  await until(() => held.begun >= limit + batch, patienceMs, 'further fetches')
  mongo.proxy.delay(0)
  expect(await report).toEqual({ done: 4 * limit, failed: 0 })
  expect(await papers.countDocuments({ enriched: 'found' })).toBe(4 * limit)
})

test('connections_are_closed_afterwards', async () => {
  const noneLeft = () => until(() => mongo.proxy.openConnections === 0, soonMs, 'the end of every connection')
  const { enrich } = await newLibrary(random.int(10, 20))
  await noneLeft()
  await enrich(async () => {
    throw new Error('nothing is found today')
  })
  expect(mongo.proxy.connections).toBeGreaterThan(0)
  await noneLeft()
  await enrich(async () => 'found')
  await noneLeft()
})

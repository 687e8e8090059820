import { setTimeout as pause } from 'node:timers/promises'
import { random, rejects, type Submission, submission, use } from 'drillbase/kit'
import { expect, test } from 'vitest'
import { type Event, type Page, tables } from './fixture.ts'

const feed = use.dynamodb({ tables })
/** Whoever asks one after another is let through in the end. */
const patienceMs = 1_500

type Options = { shards: number }

const eventsOf = (count: number, at: (index: number) => number): Event[] =>
  Array.from({ length: count }, (_, index) => ({ id: random.name('e-'), at: at(index), body: random.text(8) }))

const append = (options: Options, events: Event[], by: Submission = submission) =>
  Promise.all(events.map((event) => by.call<void>('append', feed.cfg, options, event)))

const latest = (options: Options, limit: number, cursor?: string | null) =>
  submission.call<Page>('latest', feed.cfg, options, cursor === undefined ? { limit } : { limit, cursor })

/** All pages; ends as well where the cursors go round in circles. */
async function walk(options: Options, limit: number, count: number, between = async () => {}): Promise<Event[][]> {
  const pages: Event[][] = []
  for (let cursor: string | null | undefined; cursor !== null; ) {
    expect(pages.length).toBeLessThanOrEqual(count / limit + 1)
    const { items, next } = await latest(options, limit, cursor)
    pages.push(items)
    cursor = next
    await between()
  }
  return pages
}

const newestFirst = (events: Event[]) => [...events].sort((a, b) => b.at - a.at)
const inPages = <T>(items: T[], limit: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / limit) }, (_, page) => items.slice(page * limit, (page + 1) * limit))
const idsOf = (events: Event[]) => events.map(({ id }) => id).sort()

test('order_is_global_across_shards', async () => {
  const options = { shards: random.int(4, 6) }
  // Two of each shard, if they came evenly.
  const limit = 2 * options.shards - 1
  // Every second one lies far back, with a time that is some digits shorter.
  const early = random.int(10_000, 90_000)
  const events = eventsOf(40, (index) => (index % 2 === 0 ? early + index : 1_700_000_000_000 + 1_000 * index))
  await append(options, random.shuffle(events))
  expect(await walk(options, limit, events.length)).toEqual(inPages(newestFirst(events), limit))
  expect(await latest(options, events.length)).toEqual({ items: newestFirst(events), next: null })
})

test('load_is_spread_over_the_shards', async () => {
  const shards = random.int(4, 5)
  // A burst: all in one millisecond.
  const at = random.int(1_000_000, 9_000_000)
  await append(
    { shards },
    eventsOf(72, () => at),
  )
  const counts = new Map<unknown, number>()
  for (const { shard } of await feed.scan('feed')) counts.set(shard, (counts.get(shard) ?? 0) + 1)
  expect(counts.size).toBe(shards)
  // Far from what a fair hash does by chance, and not yet all in one.
  expect(Math.max(...counts.values())).toBeLessThan((72 / shards) * 2.5)
})

test('appending_again_does_not_duplicate', async () => {
  const options = { shards: random.int(5, 7) }
  const events = eventsOf(12, (index) => 5_000 + index)
  const other = await submission.spawn()
  await append(options, events)
  await append(options, random.shuffle(events))
  await append(options, random.shuffle(events), other)
  expect(await feed.scan('feed')).toHaveLength(events.length)
  expect((await walk(options, 5, events.length)).flat()).toEqual(newestFirst(events))
})

test('pages_survive_new_events', async () => {
  const options = { shards: random.int(3, 5) }
  const limit = random.int(4, 5)
  const events = eventsOf(20, (index) => 5_000 + index)
  await append(options, events)
  let now = 9_000
  const news = () =>
    append(
      options,
      eventsOf(2, () => ++now),
    ).then(() => {})
  expect(await walk(options, limit, events.length, news)).toEqual(inPages(newestFirst(events), limit))
})

test('one_query_per_shard_side_by_side', async () => {
  const shards = random.int(3, 5)
  const limit = random.int(5, 10)
  const events = eventsOf(15, (index) => 5_000 + index)
  await append({ shards }, events)
  const before = feed.proxy.log.length
  // The first question is answered when there is a second one beside it.
  const company = Promise.withResolvers<void>()
  const atOnce = { now: 0, most: 0 }
  feed.proxy.rule(() => {
    atOnce.most = Math.max(atOnce.most, ++atOnce.now)
    if (atOnce.now > 1) company.resolve()
    return {
      async after(answer) {
        // Whoever comes alone waits in vain once, not for each shard.
        await Promise.race([company.promise, pause(patienceMs, undefined, { ref: false })])
        company.resolve()
        atOnce.now--
        return answer
      },
    }
  })
  const { items } = await latest({ shards }, limit)
  expect(items).toEqual(newestFirst(events).slice(0, limit))
  const requests = feed.proxy.log.slice(before)
  expect(requests.map(({ op }) => op)).toEqual(Array.from({ length: shards }, () => 'Query'))
  for (const { body } of requests) expect(body.Limit).toBeLessThanOrEqual(limit + 1)
  expect(atOnce.most).toBeGreaterThan(1)
})

test('ties_and_hostile_ids', async () => {
  const options = { shards: 2 }
  const at = random.int(1_000, 9_000)
  const ids = ['a', 'a#b', '#', 'a%23b', 'é', '__proto__', '🙂', '\uff01', random.text(6)]
  const events = ids.map((id) => ({ id, at, body: random.name() }))
  await append(options, random.shuffle(events))
  // With one event a page each of them is once the border between two pages.
  const pages = await walk(options, 1, events.length)
  expect(pages.map((page) => page.length)).toEqual(ids.map(() => 1))
  expect(idsOf(pages.flat())).toEqual([...ids].sort())
  expect(pages.flat()).toEqual(expect.arrayContaining(events))
})

test('bad_cursors_are_refused', async () => {
  const options = { shards: 3 }
  await append(
    options,
    eventsOf(12, (index) => 5_000 + index),
  )
  const { next } = await latest(options, 3)
  const made = [
    random.text(),
    random.name(),
    'AAAA',
    ...['null', '{}', '[]', random.name()].map((text) => Buffer.from(text).toString('base64url')),
  ]
  for (const cursor of random.shuffle(made)) await rejects(latest(options, 3, cursor), 'BAD_CURSOR')
  expect((await latest(options, 3, next)).items).toHaveLength(3)
})

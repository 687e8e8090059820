import { BatchWriteCommand, DeleteCommand } from '@aws-sdk/lib-dynamodb'
import { random, rejects, submission, use } from 'drillbase/kit'
import { expect, test } from 'vitest'
import { type Event, type Page, tables } from './fixture.ts'

const log = use.dynamodb({ tables })

/** So many events of a device at growing times, some of them errors. */
function eventsOf(device: string, count: number, isError: (index: number) => boolean): Event[] {
  let at = random.int(1_000, 9_000)
  return Array.from({ length: count }, (_, index) => {
    at += random.int(1, 50)
    return { device, at, level: isError(index) ? 'ERROR' : 'INFO', msg: random.text(6) }
  })
}

async function store(events: Event[]): Promise<void> {
  const batches = []
  for (let from = 0; from < events.length; from += 25) batches.push(events.slice(from, from + 25))
  await Promise.all(
    batches.map((batch) =>
      log.inspect.doc.send(
        new BatchWriteCommand({ RequestItems: { events: batch.map((Item) => ({ PutRequest: { Item } })) } }),
      ),
    ),
  )
}

const errorsIn = (events: Event[]) =>
  events.filter(({ level }) => level === 'ERROR').map(({ at, msg }) => ({ at, msg }))

const list = (device: string, limit: number, cursor?: string | null) =>
  submission.call<Page>('listErrors', log.cfg, device, cursor === undefined ? { limit } : { limit, cursor })

/** All pages of a device; ends as well where the cursors go round in circles. */
async function walk(device: string, limit: number, mostPages: number): Promise<Page['items'][]> {
  const pages: Page['items'][] = []
  for (let cursor: string | null | undefined; cursor !== null; ) {
    expect(pages.length).toBeLessThan(mostPages)
    const { items, next } = await list(device, limit, cursor)
    pages.push(items)
    cursor = next
  }
  return pages
}

const inPages = <T>(items: T[], limit: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / limit) }, (_, page) => items.slice(page * limit, (page + 1) * limit))

/** A request reads no more than so many events, as if they were so large that 1 MB were full. */
const readAtMost = (events: number) =>
  log.proxy.rule((op, body) =>
    op === 'Query' ? { replace: { ...body, Limit: Math.min(body.Limit ?? events, events) } } : undefined,
  )

test('every_page_but_the_last_is_full', async () => {
  const [device, other] = [random.name('pump-'), random.name('pump-')]
  const events = eventsOf(device, random.int(70, 100), () => random.int(1, 10) <= 3)
  await store([...events, ...eventsOf(other, 20, () => true)])
  const limit = random.int(4, 7)
  const expected = inPages(errorsIn(events), limit)
  expect(await walk(device, limit, expected.length)).toEqual(expected)
})

test('rare_matches_behind_empty_pages', async () => {
  const device = random.name('pump-')
  const [early, late] = [random.int(10, 20), random.int(60, 80)]
  const events = eventsOf(device, 90, (index) => index === early || index === late)
  await store(events)
  readAtMost(random.int(4, 6))
  expect(await list(device, 5)).toEqual({ items: errorsIn(events), next: null })
})

test('one_megabyte_page_limit', async () => {
  const device = random.name('pump-')
  const dump = 'x'.repeat(90_000)
  const quiet = [random.int(0, 11), random.int(12, 23)]
  // More than 1 MB of errors: the local engine counts what passes the filter, AWS what is read.
  const events = eventsOf(device, 24, (index) => !quiet.includes(index)).map((event) => ({ ...event, dump }))
  await store(events)
  const expected = inPages(errorsIn(events), 15)
  expect(await walk(device, 15, expected.length)).toEqual(expected)
})

test('surplus_matches_are_not_skipped', async () => {
  const device = random.name('pump-')
  const events = eventsOf(device, random.int(31, 39), () => true)
  await store(events)
  readAtMost(random.int(7, 9))
  const expected = inPages(errorsIn(events), 4)
  expect(await walk(device, 4, expected.length)).toEqual(expected)
})

test('exact_end_has_no_dangling_cursor', async () => {
  const device = random.name('pump-')
  const limit = random.int(2, 4)
  const events = eventsOf(device, 30, (index) => index < 2 * limit)
  await store(events)
  expect(await walk(device, limit, 2)).toEqual(inPages(errorsIn(events), limit))
  expect(await list(random.name('nobody-'), limit, null)).toEqual({ items: [], next: null })
})

test('first_page_does_not_read_everything', async () => {
  const device = random.name('pump-')
  const events = eventsOf(device, 120, () => true)
  await store(events)
  readAtMost(20)
  const { items } = await list(device, 10)
  expect(items).toEqual(errorsIn(events).slice(0, 10))
  expect(new Set(log.proxy.log.map(({ op }) => op))).toEqual(new Set(['Query']))
  expect(log.proxy.log.length).toBeLessThanOrEqual(2)
  for (const { body } of log.proxy.log) {
    expect(body.Limit).toBeGreaterThan(0)
    expect(body.Limit).toBeLessThanOrEqual(200)
  }
})

test('pages_stay_right_while_events_come_and_go', async () => {
  const device = random.name('pump-')
  const events = eventsOf(device, 24, () => true)
  const all = errorsIn(events)
  const limit = random.int(4, 5)
  await store(events)
  const first = await list(device, limit)
  expect(first.items).toEqual(all.slice(0, limit))
  // Retention takes the oldest, the very event that ended the page among them.
  for (const { at } of first.items)
    await log.inspect.doc.send(new DeleteCommand({ TableName: 'events', Key: { device, at } }))
  const second = await list(device, limit, first.next)
  expect(second.items).toEqual(all.slice(limit, 2 * limit))
  // A device that was offline delivers late.
  await store(Array.from({ length: 3 }, (_, at) => ({ device, at, level: 'ERROR', msg: random.text(6) })))
  expect((await list(device, limit, second.next)).items).toEqual(all.slice(2 * limit, 3 * limit))
})

test('bad_cursors_are_refused', async () => {
  const [device, other] = [random.name('pump-'), random.name('pump-')]
  await store([...eventsOf(device, 10, () => true), ...eventsOf(other, 10, () => true)])
  const { next } = await list(device, 3)
  const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const made = [random.text(), random.name(), encoded({}), encoded(null), encoded([device]), encoded([device, {}])]
  for (const cursor of random.shuffle(made)) await rejects(list(device, 3, cursor), 'BAD_CURSOR')
  await rejects(list(other, 3, next), 'BAD_CURSOR')
})

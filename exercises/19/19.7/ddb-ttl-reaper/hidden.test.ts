import { PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb'
import { BatchWriteCommand, DeleteCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { random, rejects, type Submission, submission, until, use } from 'drillbase/kit'
import { expect, test } from 'vitest'
import { type Counts, tables } from './fixture.ts'

type Hook = (id: string) => Promise<void>
type Hold = { id: string; exp?: unknown; [name: string]: unknown }

const db = use.dynamodb({ tables })
/** For the scans of all segments, which are sent within some ten milliseconds or one after the other. */
const patienceMs = 3_000

const times = <T>(count: number, make: (index: number) => T) => Array.from({ length: count }, (_, index) => make(index))

/** Years away from the real time: whoever asks another clock finds nothing expired, or everything. */
const nowMs = random.int(1_900_000_000, 2_000_000_000) * 1000 + random.int(1, 998)
const seconds = Math.floor(nowMs / 1000)
const year = 365 * 86_400

const sweep = (segments: number, beforeDelete: Hook = async () => {}, by: Submission = submission) =>
  by.call<Counts>(
    'sweep',
    db.cfg,
    { table: 'holds', archive: 'archive', segments },
    { now: async () => nowMs, beforeDelete },
  )

const put = (hold: Hold) => db.inspect.doc.send(new PutCommand({ TableName: 'holds', Item: hold }))
async function putAll(holds: Hold[]): Promise<void> {
  for (let at = 0; at < holds.length; at += 25) {
    const puts = holds.slice(at, at + 25).map((Item) => ({ PutRequest: { Item } }))
    await db.inspect.doc.send(new BatchWriteCommand({ RequestItems: { holds: puts } }))
  }
}
const expired = (count: number, more: Record<string, unknown> = {}): Hold[] =>
  times(count, () => ({ id: random.name('hold-'), exp: seconds - random.int(0, 9_000), ...more }))
const setExpiry = (id: string, exp: number) =>
  db.inspect.doc.send(
    new UpdateCommand({
      TableName: 'holds',
      Key: { id },
      UpdateExpression: 'SET exp = :exp',
      ExpressionAttributeValues: { ':exp': exp },
    }),
  )

const idsOf = (items: Record<string, unknown>[]) => items.map(({ id }) => String(id)).sort()
const left = async () => idsOf(await db.scan('holds'))
const archived = async () => idsOf(await db.scan('archive'))
const entries = (holds: Hold[]) => holds.map(({ id, exp }) => `${id}#${exp}`).sort()

test('only_expired_numeric_items_go', async () => {
  const past = random.int(1, 9_000)
  const going = [
    { id: random.name('past-'), exp: seconds - past, seat: random.name() },
    { id: random.name('just-now-'), exp: seconds },
    { id: random.name('old-'), exp: seconds - 4 * year },
  ]
  const staying = [
    { id: random.name('future-'), exp: seconds + 1 },
    { id: random.name('never-') },
    { id: random.name('text-'), exp: String(seconds - past) },
    { id: random.name('iso-'), exp: new Date((seconds - past) * 1000).toISOString() },
    { id: random.name('millis-'), exp: (seconds - past) * 1000 },
    { id: random.name('ancient-'), exp: seconds - 6 * year },
    { id: random.name('zero-'), exp: 0 },
    { id: random.name('list-'), exp: [seconds - past] },
  ]
  await putAll(random.shuffle<Hold>([...going, ...staying]))
  const asked: string[] = []
  const hook: Hook = async (id) => {
    asked.push(id)
  }
  expect(await sweep(random.int(1, 4), hook)).toEqual({ deleted: going.length, skipped: 0 })
  expect(await left()).toEqual(idsOf(staying))
  expect(asked.sort()).toEqual(idsOf(going))
  const wanted = going.map((hold) => ({ ...hold, id: `${hold.id}#${hold.exp}`, archivedAt: seconds }))
  expect(new Set(await db.scan('archive'))).toEqual(new Set(wanted))
})

test('renewed_between_scan_and_delete_survives', async () => {
  const [renewed, changed, gone, plain] = expired(4) as [Hold, Hold, Hold, Hold]
  await putAll([renewed, changed, gone, plain])
  const again = seconds + random.int(1, 9_000)
  const hook: Hook = async (id) => {
    if (id === renewed.id) await setExpiry(id, again)
    // Expired again by now, but this is another expiry than the one that was seen.
    if (id === changed.id) await setExpiry(id, seconds - 10_000)
    if (id === gone.id) await db.inspect.doc.send(new DeleteCommand({ TableName: 'holds', Key: { id } }))
  }
  expect(await sweep(random.int(1, 3), hook)).toEqual({ deleted: 1, skipped: 3 })
  expect(new Set(await db.scan('holds'))).toEqual(
    new Set([
      { ...renewed, exp: again },
      { ...changed, exp: seconds - 10_000 },
    ]),
  )
  expect(await archived()).toEqual(entries([plain]))
})

test('archive_and_delete_are_one_step', async () => {
  const holds = expired(random.int(4, 6))
  await putAll(holds)
  const fit = random.pick([1, 3])
  let written = 0
  db.proxy.rule((op) =>
    /Put|Delete|Write|Update|Execute/.test(op) && ++written > fit
      ? { fail: { type: 'AccessDeniedException', status: 400 } }
      : undefined,
  )
  await sweep(1).catch(() => {})
  const inArchive = (await archived()).map((id) => id.split('#')[0])
  expect([...(await left()), ...inArchive].sort()).toEqual(idsOf(holds))

  db.proxy.rule(null)
  await sweep(1)
  expect(await left()).toEqual([])
  expect(await archived()).toEqual(entries(holds))
})

test('two_reapers_count_each_item_once', async () => {
  const other = await submission.spawn()
  const holds = expired(random.int(8, 12))
  await putAll(holds)
  // Neither deletes anything before both have found something.
  const { promise: met, resolve: meet } = Promise.withResolvers<void>()
  const present = new Set<string>()
  const meeting =
    (name: string): Hook =>
    async () => {
      present.add(name)
      if (present.size === 2) meet()
      await met
    }
  const counts = await Promise.all([sweep(1, meeting('one')), sweep(1, meeting('other'), other)])
  expect(counts[0].deleted + counts[1].deleted).toBe(holds.length)
  expect(await left()).toEqual([])
  expect(await archived()).toEqual(entries(holds))
})

test('all_segments_and_pages_are_covered', async () => {
  const living = times(random.int(8, 12), () => ({ id: random.name('hold-'), exp: seconds + 100 }))
  const going = expired(random.int(12, 20))
  await putAll(random.shuffle<Hold>([...living, ...going]))
  // One request reads a megabyte: the proxy says when it is full.
  const full = random.int(2, 4)
  db.proxy.rule((op, body) =>
    op === 'Scan' ? { replace: { ...body, Limit: Math.min(body.Limit ?? full, full) } } : undefined,
  )
  expect(await sweep(random.int(1, 3))).toEqual({ deleted: going.length, skipped: 0 })
  expect(await left()).toEqual(idsOf(living))
  expect(await archived()).toEqual(entries(going))
})

test('segments_are_swept_at_the_same_time', async () => {
  const segments = random.int(3, 5)
  const holds = expired(16)
  await putAll(holds)
  const scanned = () =>
    new Set(
      db.proxy.log
        .filter(({ op, body }) => op === 'Scan' && body.TotalSegments === segments)
        .map(({ body }) => body.Segment),
    )
  // Nothing is deleted before every segment is being read.
  let reading: Promise<unknown> | undefined
  const hook: Hook = async () => {
    reading ??= until(() => scanned().size === segments, patienceMs, 'a scan of every segment')
    await reading
  }
  expect(await sweep(segments, hook)).toEqual({ deleted: holds.length, skipped: 0 })
  expect([...scanned()].sort()).toEqual(times(segments, (segment) => segment))
  expect(await archived()).toEqual(entries(holds))
})

test('crash_and_rerun_is_safe', async () => {
  const doomed = await submission.spawn()
  const holds = expired(random.int(8, 12))
  await putAll(holds)
  const last = random.int(2, 6)
  const { promise: reached, resolve: reach } = Promise.withResolvers<void>()
  let asked = 0
  const hook: Hook = async () => {
    if (++asked < last) return
    reach()
    await new Promise(() => {})
  }
  const dying = sweep(1, hook, doomed)
  await Promise.race([reached, dying])
  await doomed.kill()
  await rejects(dying, 'SANDBOX_EXIT')

  await sweep(random.int(1, 3))
  expect(await left()).toEqual([])
  expect(await archived()).toEqual(entries(holds))
})

test('the_archive_holds_exact_copies', async () => {
  const client = db.inspect.client
  const [one, two] = expired(2) as [Hold, Hold]
  const rich = {
    price: { N: `0.${random.bigint(10n ** 30n, 10n ** 31n - 1n)}7` },
    big: { N: `${random.bigint(10n ** 30n, 10n ** 31n - 1n)}7` },
    raw: { B: new Uint8Array(times(9, () => random.int(0, 255))) },
    tags: { SS: [random.name('b'), random.name('c')].sort() },
    more: {
      M: { note: { S: random.text() }, none: { NULL: true as const }, list: { L: [{ N: '1.5' }, { BOOL: true }] } },
    },
  }
  const item = { id: { S: one.id }, exp: { N: String(one.exp) }, ...rich }
  await client.send(new PutItemCommand({ TableName: 'holds', Item: item }))
  await put(two)
  await sweep(1)
  // An id that comes back, and expires again.
  const second = Number(two.exp) + 1
  await put({ ...two, exp: second })
  await sweep(1)

  const { Items = [] } = await client.send(new ScanCommand({ TableName: 'archive' }))
  const copy = Items.find(({ id }) => id?.S === `${one.id}#${one.exp}`)
  expect(copy).toEqual({ ...item, id: { S: `${one.id}#${one.exp}` }, archivedAt: { N: String(seconds) } })
  expect(await archived()).toEqual(entries([one, two, { ...two, exp: second }]))
})

test('conflicts_are_tried_again', async () => {
  const holds = expired(random.int(3, 5))
  await putAll(holds)
  const conflicts = random.int(2, 3)
  const CancellationReasons = [
    { Code: 'TransactionConflict', Message: 'Transaction is ongoing for the item' },
    { Code: 'None' },
  ]
  let refused = 0
  db.proxy.rule((op) =>
    op === 'TransactWriteItems' && ++refused <= conflicts
      ? {
          fail: {
            type: 'TransactionCanceledException',
            message: 'Transaction cancelled',
            extra: { CancellationReasons },
          },
        }
      : undefined,
  )
  expect(await sweep(1)).toEqual({ deleted: holds.length, skipped: 0 })
  expect(await archived()).toEqual(entries(holds))
})

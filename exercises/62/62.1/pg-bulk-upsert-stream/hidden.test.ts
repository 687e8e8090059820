import { random, rejects, submission, until, use } from 'drillbase/kit'
import { expect, test } from 'vitest'
import { type Counts, feedOf, type Row, schema } from './fixture.ts'

const db = use.postgres({ schema })

/** For what an honest submission lets happen at once; generous, because the machine may be busy. */
const patienceMs = 3_000
/** For what takes an honest submission some ten milliseconds. */
const soonMs = 1_500
const hearingMs = 1_000

const load = (nextChunk: () => Promise<Row[] | null>) => submission.call<Counts>('load', db.cfg, nextChunk)
const repeat = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))

const price = () => `${random.int(0, 9_999)}.${String(random.int(0, 99)).padStart(2, '0')}`
const row = (sku: string, version: number | bigint, rest: Partial<Row> = {}): Row => ({
  sku,
  version: BigInt(version),
  price: price(),
  note: random.pick([null, random.text()]),
  ...rest,
})

async function stored(): Promise<Row[]> {
  const { rows } = await db.inspect.query('select sku, price::text as price, version, note from public.prices')
  return bySku(rows.map(({ version, ...rest }) => ({ ...rest, version: BigInt(version) })))
}
const bySku = (rows: Row[]): Row[] =>
  [...rows].sort((one, other) => Buffer.compare(Buffer.from(one.sku), Buffer.from(other.sku)))

async function put(rows: Row[]): Promise<void> {
  for (const { sku, price, version, note } of rows)
    await db.inspect.query('insert into public.prices values ($1, $2, $3, $4)', [sku, price, version, note])
}

/** What the table and the counts should be: chunk by chunk, the best row of each key, if it is newer than what is there. */
function model(before: Row[], chunks: Row[][]): { rows: Row[]; counts: Counts } {
  const table = new Map(before.map((each) => [each.sku, each]))
  const counts = { inserted: 0, updated: 0, skipped: 0 }
  for (const chunk of chunks) {
    const best = new Map<string, Row>()
    for (const each of chunk)
      if (each.version >= (best.get(each.sku)?.version ?? each.version)) best.set(each.sku, each)
    let written = 0
    for (const each of best.values()) {
      const old = table.get(each.sku)
      if (old && old.version >= each.version) continue
      if (old) counts.updated++
      else counts.inserted++
      written++
      table.set(each.sku, each)
    }
    counts.skipped += chunk.length - written
  }
  return { rows: bySku([...table.values()]), counts }
}

test('counts_insert_update_skip', async () => {
  const skus = repeat(30, () => random.name('sku-'))
  const before = skus.slice(0, 12).map((sku) => row(sku, random.int(1, 9)))
  await put(before)
  // No key twice in a chunk; but many in more than one of them.
  const chunks = repeat(5, () =>
    random
      .shuffle(skus)
      .slice(0, random.int(5, 20))
      .map((sku) => row(sku, random.int(1, 12))),
  )
  chunks.splice(random.int(1, 4), 0, [])
  const expected = model(before, chunks)

  expect(await load(feedOf(chunks))).toEqual(expected.counts)
  expect(await stored()).toEqual(expected.rows)
})

test('duplicate_key_inside_one_chunk', async () => {
  const [sku, other] = [random.name('sku-'), random.name('sku-')]
  const before = [row(other, 5)]
  await put(before)
  const top = random.int(7, 90)
  const chunks = [
    // The best is neither the first nor the last; of the two that are equally new the later counts.
    [row(sku, 1), row(other, 5), row(sku, top), row(other, 6), row(sku, top), row(sku, 2), row(other, 4)],
    [row(sku, top), row(sku, top - 1), row(other, top), row(other, top)],
  ]
  const expected = model(before, chunks)
  expect(await load(feedOf(chunks))).toEqual(expected.counts)
  expect(await stored()).toEqual(expected.rows)
})

test('text_survives_byte_for_byte', async () => {
  const texts = [
    '',
    ' ',
    '\\N',
    '\\.',
    'a\tb',
    'one\ntwo',
    'one\r\ntwo',
    'c,"d"',
    `O'Hara`,
    'NULL',
    'null',
    '{a,b}',
    '"',
  ]
  texts.push('ünï ☃ 😀', '%s %(a)s %%', '$1', '\\', '\\t', random.text(60))
  const rows = random.shuffle([
    ...texts.map((note, index) => row(`${index}`, 1, { note })),
    ...texts.map((text, index) => row(`${text}|${index}`, 1, { note: null })),
  ])
  expect(await load(feedOf([rows]))).toEqual({ inserted: rows.length, updated: 0, skipped: 0 })
  expect(await stored()).toEqual(bySku(rows))
})

test('numbers_keep_full_precision', async () => {
  const version = random.bigint(2n ** 60n, 2n ** 61n) * 2n + 1n
  const digits = repeat(27, () => random.int(1, 9)).join('')
  const rows = [
    row('long', version, { price: `${digits.slice(0, 18)}.${digits.slice(18)}` }),
    row('scale', 1, { price: '10.500' }),
    row('tiny', 1, { price: '0.000000000000000001' }),
  ]
  await load(feedOf([rows]))
  expect(await stored()).toEqual(bySku(rows))
  // One more than what is there, which a double can't tell from it.
  expect(await load(feedOf([[row('long', version + 1n)]]))).toEqual({ inserted: 0, updated: 1, skipped: 0 })
})

test('few_round_trips_per_chunk', async () => {
  const size = random.int(600, 800)
  const chunks = [1, 2].map((version) => repeat(size, (index) => row(`k${index}`, version, { note: null })))
  expect(await load(feedOf(chunks))).toEqual({ inserted: size, updated: size, skipped: 0 })
  expect(db.proxy.turns).toBeLessThanOrEqual(60)
})

test('chunks_are_written_as_they_come', async () => {
  const chunkBytes = 200_000
  const noteBytes = chunkBytes / 100
  let asked = 0
  const counts = await load(async () => {
    // Of what was handed out, all but the last chunk must have left the process.
    expect(db.proxy.bytesUp).toBeGreaterThanOrEqual((asked - 1) * chunkBytes)
    if (asked === 6) return null
    asked++
    return repeat(100, (index) => row(`k${asked}-${index}`, 1, { note: 'x'.repeat(noteBytes) }))
  })
  expect(counts).toEqual({ inserted: 600, updated: 0, skipped: 0 })
})

test('feed_failure_leaves_nothing', async () => {
  const before = [row('there', 1)]
  await put(before)
  const code = random.name('FEED_').toUpperCase()
  const good = random.int(1, 3)
  let asked = 0
  const failing = load(async () => {
    if (asked++ === good) throw Object.assign(new Error('the feed broke off'), { code })
    return [row('there', asked + 1), row(`k${asked}`, 1)]
  })
  await rejects(failing, code)
  expect(await stored()).toEqual(before)
  await until(async () => (await db.sessions()).length === 0, soonMs, 'the end of the session')
})

test('invisible_until_finished', async () => {
  const before = [row('there', 1)]
  await put(before)
  const chunks = repeat(3, (index) => [row('there', index + 2), row(`k${index}`, 1)])
  const feed = feedOf(chunks)
  const seen: Row[][] = []
  await load(async () => {
    seen.push(await stored())
    return feed()
  })
  expect(seen).toEqual([before, before, before, before])
  expect(await stored()).toEqual(model(before, chunks).rows)
  await until(async () => (await db.sessions()).length === 0, soonMs, 'the end of the session')
})

test('lost_connection_fails_the_load', async () => {
  let asked = 0
  const lost = load(async () => {
    if (++asked === 2) {
      await db.faults.terminateBackends()
      // Whoever listens to the connection has heard of it by then; whoever does not will hear of it from the next statement.
      const deadline = performance.now() + hearingMs
      await until(() => db.proxy.openConnections === 0 || performance.now() > deadline, patienceMs)
    }
    return asked > 3 ? null : [row(`k${asked}`, 1)]
  })
  await expect(lost).rejects.toThrow()
  expect(await stored()).toEqual([])
  expect(await load(feedOf([[row('again', 1)]]))).toEqual({ inserted: 1, updated: 0, skipped: 0 })
})

import { random, submission, use } from 'drillbase/kit'
import { assert, beforeEach, expect, test } from 'vitest'
import { type Change, other, type Region, regions, streamOf, tables } from './fixture.ts'

const replicas = {
  'us-east-1': use.dynamodb({ region: 'us-east-1', tables }),
  'eu-west-1': use.dynamodb({ region: 'eu-west-1', tables }),
}
const { cfg } = replicas['us-east-1']

const put = (region: Region, pk: string, value: string, nowMs: number): Promise<boolean> =>
  submission.call('put', cfg, region, pk, value, nowMs)
const remove = (region: Region, pk: string, nowMs: number): Promise<boolean> =>
  submission.call('remove', cfg, region, pk, nowMs)
const get = (region: Region, pk: string): Promise<string | null> => submission.call('get', cfg, region, pk)
const replicate = (region: Region, changes: Change[]): Promise<void> =>
  submission.call('replicate', cfg, region, changes)

const everywhere = (pk: string) => Promise.all(regions.map((region) => get(region, pk)))
const newKey = () => random.name('user-')
const newValue = () => random.name('town-')
const someTime = () => random.int(1_000_000, 9_000_000)

let changesOf: Record<Region, () => Promise<Change[]>>
beforeEach(() => {
  changesOf = {
    'us-east-1': streamOf(replicas['us-east-1'].inspect.client),
    'eu-west-1': streamOf(replicas['eu-west-1'].inspect.client),
  }
})

/** Hands each Region what the other one's stream has, again and again, until nothing changes any more. */
async function settle(): Promise<void> {
  for (let round = 0; round < 6; round++) {
    const batches = await Promise.all(regions.map((region) => changesOf[region]()))
    if (batches.every((changes) => changes.length === 0)) return
    for (const at of random.shuffle([0, 1]))
      await replicate(other(regions[at] ?? 'us-east-1'), random.shuffle(batches[at] ?? []))
  }
  assert.fail('the Regions still change each other')
}

const isRead = (op: string) => ['GetItem', 'BatchGetItem', 'Query', 'Scan', 'TransactGetItems'].includes(op)
const isWrite = (op: string) => /^(Put|Update|Delete|BatchWrite|TransactWrite|Execute|BatchExecute)/.test(op)
const writesIn = (region: Region) => replicas[region].proxy.log.filter(({ op }) => isWrite(op)).length

test('writes_travel_and_do_not_bounce', async () => {
  const entries = Array.from({ length: 8 }, (_, at) => ({
    region: regions[at < 3 ? 0 : at % 2] ?? 'us-east-1',
    pk: newKey(),
    value: random.text(),
    nowMs: someTime(),
  }))
  for (const { region, pk, value, nowMs } of entries) expect(await put(region, pk, value, nowMs)).toBe(true)
  await settle()
  for (const { pk, value } of entries) expect(await everywhere(pk)).toEqual([value, value])
  expect(await everywhere(newKey())).toEqual([null, null])
  // One write of each entry in each Region, wherever it began.
  for (const region of regions) expect(writesIn(region)).toBeLessThanOrEqual(entries.length)
})

test('the_later_write_wins_whatever_comes_first', async () => {
  const expected = new Map<string, string>()
  for (const later of [...regions, ...regions]) {
    const [pk, nowMs, older, newer] = [newKey(), someTime(), newValue(), newValue()]
    const writes = [() => put(later, pk, newer, nowMs + random.int(1, 9)), () => put(other(later), pk, older, nowMs)]
    for (const write of random.shuffle(writes)) expect(await write()).toBe(true)
    expected.set(pk, newer)
  }
  await settle()
  for (const [pk, value] of expected) expect(await everywhere(pk)).toEqual([value, value])

  const [pk, region] = [newKey(), random.pick(regions)]
  const batch: Change[] = []
  let nowMs = someTime()
  let value = ''
  for (let version = 0; version < 4; version++) {
    nowMs += random.int(1, 9)
    value = newValue()
    await put(region, pk, value, nowMs)
    batch.push(...(await changesOf[region]()))
  }
  await replicate(other(region), [...batch].reverse())
  expect(await everywhere(pk)).toEqual([value, value])
})

test('equal_times_end_the_same_everywhere', async () => {
  const expected = new Map<string, string>()
  for (let item = 0; item < 4; item++) {
    const [pk, nowMs, value] = [newKey(), someTime(), newValue()]
    const writes = [() => put('us-east-1', pk, value, nowMs), () => put('eu-west-1', pk, newValue(), nowMs)]
    for (const write of random.shuffle(writes)) expect(await write()).toBe(true)
    expect(await put('us-east-1', pk, newValue(), nowMs)).toBe(false)
    expected.set(pk, value)
  }
  const [kept, dropped, nowMs] = [newKey(), newKey(), someTime()]
  await put('us-east-1', kept, 'here', nowMs)
  await remove('eu-west-1', kept, nowMs)
  await put('eu-west-1', dropped, 'here', nowMs)
  await remove('us-east-1', dropped, nowMs)
  await settle()
  for (const [pk, value] of expected) expect(await everywhere(pk)).toEqual([value, value])
  expect(await everywhere(kept)).toEqual(['here', 'here'])
  expect(await everywhere(dropped)).toEqual([null, null])
})

test('an_older_local_write_is_lost', async () => {
  const [region, pk, nowMs, value] = [random.pick(regions), newKey(), someTime(), newValue()]
  await put(region, pk, value, nowMs)
  await settle()
  expect(await put(other(region), pk, newValue(), nowMs - random.int(1, 99))).toBe(false)
  expect(await remove(other(region), pk, nowMs - random.int(1, 99))).toBe(false)
  expect(await put(region, pk, newValue(), nowMs - random.int(1, 99))).toBe(false)
  await settle()
  expect(await everywhere(pk)).toEqual([value, value])
  const newest = newValue()
  expect(await put(other(region), pk, newest, nowMs + 1)).toBe(true)
  await settle()
  expect(await everywhere(pk)).toEqual([newest, newest])
})

test('a_removal_travels_and_stays', async () => {
  const [region, nowMs] = [random.pick(regions), someTime()]
  const [known, unknown] = [newKey(), newKey()]
  await put(region, known, newValue(), nowMs)
  await settle()
  expect(await remove(other(region), known, nowMs + 20)).toBe(true)
  // This one is still on its way when the other Region removes it.
  await put(region, unknown, newValue(), nowMs + 10)
  expect(await remove(other(region), unknown, nowMs + 20)).toBe(true)
  await settle()
  for (const pk of [known, unknown]) {
    expect(await everywhere(pk)).toEqual([null, null])
    expect(await put(random.pick(regions), pk, newValue(), nowMs + random.int(1, 19))).toBe(false)
  }
  await settle()
  for (const pk of [known, unknown]) expect(await everywhere(pk)).toEqual([null, null])

  const again = newValue()
  expect(await put(random.pick(regions), known, again, nowMs + 21)).toBe(true)
  await settle()
  expect(await everywhere(known)).toEqual([again, again])
})

test('a_batch_may_come_again', async () => {
  const [region, nowMs] = [random.pick(regions), someTime()]
  const [pk, gone, fresh] = [newKey(), newKey(), newKey()]
  await put(region, pk, newValue(), nowMs)
  await put(region, gone, newValue(), nowMs)
  const first = await changesOf[region]()
  await replicate(other(region), first)
  const [changed, added] = [newValue(), newValue()]
  await put(other(region), pk, changed, nowMs + 5)
  await put(region, fresh, added, nowMs + 6)
  await remove(region, gone, nowMs + 7)
  const second = await changesOf[region]()
  await replicate(other(region), [...first, ...second])
  await replicate(other(region), random.shuffle([...first, ...second, ...first]))
  expect(await get(other(region), pk)).toBe(changed)
  expect(await get(other(region), fresh)).toBe(added)
  expect(await get(other(region), gone)).toBe(null)
  await settle()
  expect(await everywhere(pk)).toEqual([changed, changed])
  expect(await everywhere(gone)).toEqual([null, null])
})

test('a_failed_batch_is_not_confirmed', async () => {
  const [region, nowMs] = [random.pick(regions), someTime()]
  const entries = Array.from({ length: 4 }, () => ({ pk: newKey(), value: newValue() }))
  for (const { pk, value } of entries) await put(region, pk, value, nowMs)
  const batch = await changesOf[region]()
  const { proxy } = replicas[other(region)]
  const unlucky = random.int(1, entries.length)
  let writes = 0
  proxy.rule((op) =>
    isWrite(op) && ++writes === unlucky ? { fail: { type: 'AccessDeniedException', status: 400 } } : undefined,
  )
  const confirmed = await replicate(other(region), batch).then(
    () => true,
    () => false,
  )
  proxy.rule(null)
  if (!confirmed) await replicate(other(region), batch)
  for (const { pk, value } of entries) expect(await get(other(region), pk)).toBe(value)
})

test('a_local_write_meets_replication', async () => {
  for (const arrivesLate of random.shuffle([true, false])) {
    const [region, pk, nowMs] = [random.pick(regions), newKey(), someTime()]
    const [older, newer] = [newValue(), newValue()]
    await put(other(region), pk, arrivesLate ? older : newer, arrivesLate ? nowMs : nowMs + 9)
    const batch = (await changesOf[other(region)]()).filter(({ dynamodb }) => dynamodb.Keys.pk?.S === pk)
    const arrival = () => replicate(region, batch)
    const local = () => put(region, pk, arrivesLate ? newer : older, arrivesLate ? nowMs + 9 : nowMs)
    const [held, meanwhile] = arrivesLate ? [arrival, local] : [local, arrival]
    // Whoever looks before it writes is answered when the later version is there.
    const { proxy } = replicas[region]
    let done: Promise<unknown> | undefined
    const begin = () => {
      proxy.rule(null)
      done ??= meanwhile()
      return done
    }
    proxy.rule((op) => (isRead(op) ? { after: (answer) => begin().then(() => answer) } : undefined))
    await held()
    await begin()
    expect(await get(region, pk)).toBe(newer)
  }
})

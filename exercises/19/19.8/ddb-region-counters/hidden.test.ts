import { PutCommand } from '@aws-sdk/lib-dynamodb'
import { random, rejects, type Submission, submission, use } from 'drillbase/kit'
import { beforeEach, expect, test } from 'vitest'
import { type Region, regions, tables } from './fixture.ts'

const replicas = {
  'us-east-1': use.dynamodb({ region: 'us-east-1', tables }),
  'eu-west-1': use.dynamodb({ region: 'eu-west-1', tables }),
}
const { cfg } = replicas[random.pick(regions)]

const add = (region: Region, id: string, delta: unknown, by: Submission = submission): Promise<void> =>
  by.call('add', cfg, region, id, delta)
const value = (region: Region, id: string): Promise<number> => submission.call('value', cfg, region, id)
const values = (id: string) => Promise.all(regions.map((region) => value(region, id)))

const newCounter = () => random.name('page-')
const other = (region: Region): Region => (region === 'us-east-1' ? 'eu-west-1' : 'us-east-1')
const rowsIn = (region: Region) => replicas[region].scan('counters')

const copyTo = (region: Region, Item: Record<string, unknown>) =>
  replicas[region].inspect.doc.send(new PutCommand({ TableName: 'counters', Item }))

/** What both Regions have of each row since it last travelled, as text. */
const settled = new Map<string, string>()
beforeEach(() => settled.clear())

/**
 * Every row that changed since the last time travels whole. Where both Regions have changed one, one of the two stays; which
 * one is up to clocks that nobody sees.
 */
async function replicate(): Promise<void> {
  const found = await Promise.all(regions.map(rowsIn))
  const changed = new Map<string, { from: Region; row: Record<string, unknown> }[]>()
  for (const [at, rows] of found.entries())
    for (const row of rows) {
      const key = JSON.stringify([row.id, row.part])
      if (settled.get(key) === textOf(row)) continue
      changed.set(key, [...(changed.get(key) ?? []), { from: regions[at] ?? 'us-east-1', row }])
    }
  for (const [key, versions] of changed) {
    const { from, row } = random.pick(versions)
    await copyTo(other(from), row)
    settled.set(key, textOf(row))
  }
}
const textOf = (row: Record<string, unknown>) => JSON.stringify(Object.entries(row).sort())

test('adds_in_both_regions_all_count', async () => {
  const id = newCounter()
  const deltas = Array.from({ length: 16 }, () => random.int(1, 9))
  await Promise.all(deltas.map((delta, at) => add(regions[at % 2] ?? 'us-east-1', id, delta)))
  await replicate()
  const total = deltas.reduce((sum, delta) => sum + delta)
  expect(await values(id)).toEqual([total, total])
})

test('replication_at_any_moment_is_harmless', async () => {
  const [id, another] = [newCounter(), newCounter()]
  let total = 0
  for (let round = 0; round < 3; round++) {
    const adding = regions.map(async (region) => {
      for (let count = 0; count < 4; count++) {
        const delta = random.int(1, 9)
        total += delta
        await add(region, id, delta)
      }
    })
    await Promise.all([...adding, add(random.pick(regions), another, 1), replicate()])
    await replicate()
    await replicate()
  }
  expect(await values(id)).toEqual([total, total])
  expect(await values(another)).toEqual([3, 3])
})

test('subtractions_count_too', async () => {
  const id = newCounter()
  const [more, less] = [random.int(10, 90), random.int(100, 900)]
  await add('us-east-1', id, more)
  await add('eu-west-1', id, -less)
  await replicate()
  expect(await values(id)).toEqual([more - less, more - less])
  await add('eu-west-1', id, 2 * less)
  await add('us-east-1', id, -1)
  await add('us-east-1', id, 0)
  await replicate()
  expect(await values(id)).toEqual([more + less - 1, more + less - 1])
})

test('what_was_added_is_read_at_once', async () => {
  // A copy that has not heard of anything yet answers whoever does not ask for the newest state.
  for (const { proxy } of Object.values(replicas))
    proxy.rule((op, body) => {
      if (op === 'GetItem' && !body.ConsistentRead) return { after: () => ({}) }
      if ((op === 'Query' || op === 'Scan') && !body.ConsistentRead)
        return { after: () => ({ Items: [], Count: 0, ScannedCount: 0 }) }
      return op === 'BatchGetItem' && !body.RequestItems.counters?.ConsistentRead
        ? { after: () => ({ Responses: { counters: [] }, UnprocessedKeys: {} }) }
        : undefined
    })
  const [id, region] = [newCounter(), random.pick(regions)]
  const [first, second] = [random.int(1, 9), random.int(1, 9)]
  await add(region, id, first)
  expect(await value(region, id)).toBe(first)
  await add(region, id, second)
  expect(await value(region, id)).toBe(first + second)
  expect(await value(other(region), id)).toBe(0)
  await replicate()
  expect(await value(other(region), id)).toBe(first + second)
})

test('a_region_writes_only_its_own_row', async () => {
  const [id, region] = [newCounter(), random.pick(regions)]
  const [mine, theirs] = [random.int(1, 9), random.int(1, 9)]
  await add(region, id, mine)
  expect(await rowsIn(other(region))).toEqual([])
  await add(other(region), id, theirs)
  const row = (part: Region, n: number) => expect.objectContaining({ id, part, n })
  expect(await rowsIn(region)).toEqual([row(region, mine)])
  expect(await rowsIn(other(region))).toEqual([row(other(region), theirs)])
  await replicate()
  await add(region, id, mine)
  const both = expect.arrayContaining([row(region, 2 * mine), row(other(region), theirs)])
  expect(await rowsIn(region)).toEqual(both)
})

test('increments_are_atomic_in_one_region', async () => {
  const another = await submission.spawn()
  const [id, region] = [newCounter(), random.pick(regions)]
  const delta = random.int(1, 9)
  await add(region, id, delta)
  // Whoever reads before it writes is answered when somebody else has added.
  const { proxy } = replicas[region]
  let added = false
  proxy.rule((op) => {
    if (added || !['GetItem', 'Query', 'Scan', 'BatchGetItem', 'TransactGetItems'].includes(op)) return undefined
    added = true
    return { after: (answer) => add(region, id, delta, another).then(() => answer) }
  })
  await add(region, id, delta)
  proxy.rule(null)
  if (!added) await add(region, id, delta, another)
  expect(await value(region, id)).toBe(3 * delta)

  await Promise.all(Array.from({ length: 30 }, (_, at) => add(region, id, 1, at % 2 ? submission : another)))
  expect(await value(region, id)).toBe(3 * delta + 30)
})

test('goes_on_while_the_other_region_is_down', async () => {
  const [id, region] = [newCounter(), random.pick(regions)]
  const [first, second, third] = [random.int(1, 9), random.int(1, 9), random.int(1, 9)]
  await add(other(region), id, first)
  await replicate()
  replicas[other(region)].proxy.rule(() => ({ fail: { type: 'AccessDeniedException', status: 400 } }))
  await add(region, id, second)
  expect(await value(region, id)).toBe(first + second)
  replicas[other(region)].proxy.rule(null)
  await add(other(region), id, third)
  await replicate()
  expect(await values(id)).toEqual([first + second + third, first + second + third])
})

test('rows_of_further_regions_count', async () => {
  const id = newCounter()
  const parts = random.shuffle(['ap-south-1', 'sa-east-1', 'af-south-1', 'me-central-1'])
  let total = random.int(1, 9)
  await add(random.pick(regions), id, total)
  for (const [at, part] of parts.slice(0, random.int(1, parts.length)).entries()) {
    // The first outweighs the others: together they are never nothing.
    const n = at === 0 ? random.int(50, 99) : random.int(-9, 9)
    total += n
    for (const region of regions) await copyTo(region, { id, part, n })
  }
  await replicate()
  expect(await values(id)).toEqual([total, total])
})

test('only_whole_numbers_are_added', async () => {
  const [id, region] = [newCounter(), random.pick(regions)]
  const n = random.int(1, 9)
  expect(await value(region, id)).toBe(0)
  await add(region, id, n)
  for (const delta of random.shuffle([n + 0.5, String(n), null, true, [n]]))
    await rejects(add(region, id, delta), 'BAD_DELTA')
  expect(await value(region, id)).toBe(n)
  // A counter is its whole name.
  await add(region, `${id}0`, n)
  expect(await value(region, id)).toBe(n)
  expect(await value(region, id.slice(0, -1))).toBe(0)
})

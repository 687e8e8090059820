import { DeleteCommand, PutCommand, TransactWriteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { random, submission, until, use } from 'drillbase/kit'
import { expect, test } from 'vitest'
import { type Drained, type Event, tables } from './fixture.ts'

const table = use.dynamodb({ tables })
const { doc } = table.inspect

const put = (Item: Record<string, unknown>) => doc.send(new PutCommand({ TableName: 'products', Item }))
const drain = (...position: unknown[]) => submission.call<Drained>('drain', table.cfg, 'products', ...position)
const toEvent = (record: unknown) => submission.call<Event | null>('toEvent', record)

/** Drains until so many events have come, and once more: nothing may follow. */
async function read(count: number, from?: unknown): Promise<Drained> {
  const events: Event[] = []
  let position = from
  const isThere = async () => {
    const more = position === undefined ? await drain() : await drain(position)
    events.push(...more.events)
    // As if it had been in a file.
    position = JSON.parse(JSON.stringify(more.position))
    return events.length >= count
  }
  await until(isThere, 4_000, 'the events')
  expect((await drain(position)).events).toEqual([])
  return { events, position }
}

type Attribute = Record<string, unknown>
/** A record of an item that changes from one image to the other. */
const modify = (before: Record<string, Attribute>, after: Record<string, Attribute>) => {
  const id = { id: { S: random.name() } }
  return {
    eventID: random.name(),
    eventName: 'MODIFY',
    dynamodb: {
      Keys: id,
      OldImage: { ...id, ...before },
      NewImage: { ...id, ...after },
      SequenceNumber: '100000000000000000001',
      StreamViewType: 'NEW_AND_OLD_IMAGES',
    },
  }
}

test('lifecycle_of_one_item', async () => {
  const [id, moved, text, n] = [random.name(), random.name(), random.text(), random.int(1, 99)]
  await put({ id, text, n, gone: true, more: { deep: [1.5, null] } })
  await doc.send(
    new UpdateCommand({
      TableName: 'products',
      Key: { id },
      UpdateExpression: 'SET n = :n, #new = :list, more = :none REMOVE gone, #text',
      ExpressionAttributeNames: { '#new': 'new', '#text': 'text' },
      ExpressionAttributeValues: { ':n': n + 1, ':list': [{ a: 1 }], ':none': null },
    }),
  )
  await doc.send(
    new TransactWriteCommand({
      TransactItems: [
        { Delete: { TableName: 'products', Key: { id } } },
        { Put: { TableName: 'products', Item: { id: moved, n: n + 1 } } },
      ],
    }),
  )
  const { events } = await read(4)
  const of = (key: string) => events.filter((event) => event.key.id === key)
  expect(of(id)).toEqual([
    { type: 'created', key: { id }, after: { id, text, n, gone: true, more: { deep: [1.5, null] } } },
    { type: 'changed', key: { id }, set: { n: n + 1, new: [{ a: 1 }], more: null }, removed: ['gone', 'text'] },
    { type: 'deleted', key: { id }, before: { id, n: n + 1, new: [{ a: 1 }], more: null } },
  ])
  expect(of(moved)).toEqual([{ type: 'created', key: { id: moved }, after: { id: moved, n: n + 1 } }])
})

test('only_changed_attributes_appear', async () => {
  const bytes = () => Uint8Array.from([1, 2, 255])
  const same = {
    before: {
      set: { SS: ['p', 'q', 'r'] },
      numbers: { NS: ['1', '10', '9'] },
      map: { M: { x: { N: '1' }, y: { M: { a: { SS: ['s', 't'] }, b: { BOOL: true } } } } },
      bytes: { B: bytes() },
    },
    after: {
      bytes: { B: bytes() },
      map: { M: { y: { M: { b: { BOOL: true }, a: { SS: ['t', 's'] } } }, x: { N: '1' } } },
      numbers: { NS: ['9', '1', '10'] },
      set: { SS: ['q', 'r', 'p'] },
    },
  }
  const record = modify(
    {
      ...same.before,
      list: { L: [{ S: 'a' }, { S: 'b' }] },
      asSet: { SS: ['a', 'b'] },
      asText: { S: '7' },
      asBytes: { B: bytes() },
      grown: { NS: ['10', '9'] },
      deep: { M: { one: { M: { two: { N: '2' } } } } },
    },
    {
      ...same.after,
      list: { L: [{ S: 'b' }, { S: 'a' }] },
      asSet: { L: [{ S: 'a' }, { S: 'b' }] },
      asText: { N: '7' },
      asBytes: { S: 'AQL/' },
      grown: { NS: ['10', '9', '100', '-1'] },
      deep: { M: { one: { M: { two: { N: '3' } } } } },
    },
  )
  expect(await toEvent(record)).toEqual({
    type: 'changed',
    key: { id: record.dynamodb.Keys.id.S },
    set: {
      list: ['b', 'a'],
      asSet: ['a', 'b'],
      asText: 7,
      asBytes: 'AQL/',
      grown: [-1, 9, 10, 100],
      deep: { one: { two: 3 } },
    },
    removed: [],
  })
  const id = random.name()
  const tags = random.shuffle(['a', 'b', 'c'])
  await put({ id, tags: new Set(tags), bytes: bytes(), v: 1 })
  await put({ id, tags: new Set(tags.reverse()), bytes: bytes(), v: 2 })
  expect((await read(2)).events).toEqual([
    { type: 'created', key: { id }, after: { id, tags: ['a', 'b', 'c'], bytes: 'AQL/', v: 1 } },
    { type: 'changed', key: { id }, set: { v: 2 }, removed: [] },
  ])
})

test('changes_without_a_difference_are_silent', async () => {
  const [a, b] = [random.text(), random.text()]
  expect(await toEvent(modify({ tags: { SS: [a, `${b}.`] } }, { tags: { SS: [`${b}.`, a] } }))).toBeNull()
  expect(await toEvent(modify({ v: { L: [{ S: a }] } }, { v: { L: [{ S: a }] } }))).toBeNull()
  const id = random.name()
  await put({ id, v: 1 })
  await put({ id, v: 1 })
  await put({ id, v: 2 })
  expect((await read(2)).events.map(({ type }) => type)).toEqual(['created', 'changed'])
})

test('ttl_removal_is_told_apart', async () => {
  const ends = random.int(1_700_000_000, 1_800_000_000)
  const remove = (userIdentity?: Record<string, string>) => ({
    eventName: 'REMOVE',
    dynamodb: {
      Keys: { id: { S: 'k' } },
      OldImage: { id: { S: 'k' }, ends: { N: String(ends) } },
      SequenceNumber: '1',
    },
    ...(userIdentity && { userIdentity }),
  })
  const service = 'dynamodb.amazonaws.com'
  const cases: [string, Record<string, string> | undefined][] = [
    ['expired', { Type: 'Service', PrincipalId: service }],
    ['expired', { type: 'Service', principalId: service }],
    ['deleted', undefined],
    ['deleted', { Type: 'User', PrincipalId: random.name('AIDA') }],
    ['deleted', { type: 'User', principalId: service }],
    ['deleted', { Type: 'Service', PrincipalId: 'replication.dynamodb.amazonaws.com' }],
  ]
  for (const [type, identity] of random.shuffle(cases))
    expect(await toEvent(remove(identity))).toEqual({ type, key: { id: 'k' }, before: { id: 'k', ends } })
})

test('every_page_is_read_in_order', async () => {
  const ids = Array.from({ length: 4 }, () => random.name())
  const writes = Array.from({ length: 18 }, (_, n) => ({ id: random.pick(ids), n }))
  for (const item of writes) await put(item)
  await read(writes.length)
  table.proxy.rule((op, body) => (op === 'GetRecords' ? { replace: { ...body, Limit: 4 } } : undefined))
  const { events } = await drain()
  expect(events).toHaveLength(writes.length)
  for (const id of ids) {
    const seen = events.filter(({ key }) => key.id === id).map(({ after, set }) => (after ?? set)?.n)
    expect(seen).toEqual(writes.filter((item) => item.id === id).map(({ n }) => n))
  }
})

test('an_empty_page_is_not_the_end', async () => {
  const [first, second] = [random.name(), random.name()]
  await put({ id: first })
  await put({ id: second })
  await read(2)
  // Two empty pages before every page; then the shard is closed.
  let pages = 0
  let records = 0
  table.proxy.rule((op, body) =>
    op === 'GetRecords'
      ? pages++ % 3 < 2
        ? { after: () => ({ Records: [], NextShardIterator: body.ShardIterator }) }
        : {
            after: (answer) => {
              records += answer.Records.length
              const { NextShardIterator, ...closed } = answer
              return records < 2 ? answer : closed
            },
          }
      : undefined,
  )
  expect((await drain()).events.map(({ key }) => key.id)).toEqual([first, second])
  expect(table.proxy.count('GetRecords')).toBeGreaterThan(2)
})

test('shards_are_read_parents_first', async () => {
  await put({ id: random.name() })
  await read(1)
  // The list comes on two pages: on the first a shard that came out of the one on the second, which is the real one.
  const child = `shardId-${'9'.repeat(20)}-${random.int(10_000_000, 99_999_999)}`
  let real = { ShardId: '' }
  table.proxy.reset()
  table.proxy.rule((op, body) => {
    if (op === 'DescribeStream')
      return {
        after: ({ StreamDescription: stream }) => {
          const [shard] = body.ExclusiveStartShardId ? [real] : stream.Shards
          real = shard
          const page = body.ExclusiveStartShardId
            ? { Shards: [shard] }
            : {
                Shards: [{ ...shard, ShardId: child, ParentShardId: real.ShardId }],
                LastEvaluatedShardId: real.ShardId,
              }
          return { StreamDescription: { ...stream, ...page } }
        },
      }
    // Its records are those of the real one.
    if (op === 'GetShardIterator' && body.ShardId === child) return { replace: { ...body, ShardId: real.ShardId } }
    return undefined
  })
  expect((await drain()).events).toHaveLength(2)
  const asked = table.proxy.log.filter(({ op }) => op === 'GetShardIterator').map(({ body }) => body.ShardId)
  expect(asked).toEqual([real.ShardId, child])
})

test('position_resumes_without_gap_or_repeat', async () => {
  const [a, b] = [random.name(), random.name()]
  const issued = new Set<string>()
  const note = (op: string) =>
    op === 'GetShardIterator' || op === 'GetRecords'
      ? {
          after: (answer: Record<string, string>) => {
            for (const iterator of [answer.ShardIterator, answer.NextShardIterator]) if (iterator) issued.add(iterator)
            return answer
          },
        }
      : undefined
  table.proxy.rule(note)
  await put({ id: a, n: 1 })
  const first = await read(1)
  expect(first.events.map(({ type, key }) => [type, key.id])).toEqual([['created', a]])

  // Hours later, in another process: no iterator of then is good for anything.
  const old = new Set(issued)
  table.proxy.rule((op, body) =>
    op === 'GetRecords' && old.has(body.ShardIterator) ? { fail: { type: 'ExpiredIteratorException' } } : note(op),
  )
  const later = await submission.spawn()
  await put({ id: a, n: 2 })
  await put({ id: b, n: 1 })
  const events: Event[] = []
  let { position } = first
  const isThere = async () => {
    const more = await later.call<Drained>('drain', table.cfg, 'products', position)
    events.push(...more.events)
    position = more.position
    return events.length >= 2
  }
  await until(isThere, 4_000, 'the later events')
  expect(events.map(({ type, key }) => [type, key.id])).toEqual([
    ['changed', a],
    ['created', b],
  ])
  await doc.send(new DeleteCommand({ TableName: 'products', Key: { id: b } }))
  table.proxy.rule(null)
  expect((await read(1, position)).events).toEqual([{ type: 'deleted', key: { id: b }, before: { id: b, n: 1 } }])
  // And the same position again gives the same.
  expect((await read(3, first.position)).events).toHaveLength(3)
})

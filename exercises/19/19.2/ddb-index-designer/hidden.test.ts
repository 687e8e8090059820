import {
  DescribeTableCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { BatchWriteCommand, DeleteCommand, PutCommand, ScanCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { random, submission, use } from 'drillbase/kit'
import { assert, expect, test } from 'vitest'
import { createTable, type Message } from './fixture.ts'

const forum = use.dynamodb()
const { client, doc } = forum.inspect

/** The table of the submission's design, with messages in it. */
async function openForum(messages: Message[] = []): Promise<string> {
  const table = random.name('forum-')
  const problem = await createTable(client, table, await submission.call('createInput', table))
  if (problem !== null) assert.fail(problem)
  // No more than fit into one batch.
  const puts = messages.map((Item) => ({ PutRequest: { Item } }))
  if (puts.length > 0) await doc.send(new BatchWriteCommand({ RequestItems: { [table]: puts } }))
  forum.proxy.reset()
  return table
}

/** A message that takes 3 write units without its indexes, and far from 2 and from 4. */
const message = (fields: Partial<Message> = {}): Message => ({
  room: random.name('room-'),
  id: random.name('m-'),
  likes: 0,
  author: random.name('a-'),
  at: 1_700_000_000_000 + random.int(0, 900_000),
  subject: random.text(20),
  body: 'x'.repeat(random.int(2_300, 2_400)),
  ...fields,
})
const times = <T>(count: number, make: (index: number) => T) => Array.from({ length: count }, (_, index) => make(index))

/** 24 messages by three authors in two rooms, three of them flagged; every number of likes and every time is another one. */
function someForum() {
  const [rooms, authors] = [times(2, () => random.name('room-')), times(3, () => random.name('a-'))]
  const likes = random.shuffle(times(24, (index) => 3 * index))
  const flags = new Set(random.shuffle(times(12, (index) => index)).slice(0, 3))
  const messages = times(24, (index) =>
    message({
      room: rooms[index % 2] as string,
      author: authors[index % 3] as string,
      likes: likes[index] as number,
      at: 1_700_000_000_000 + 60_000 * index + random.int(0, 50_000),
      ...(flags.has(index) ? { flag: 'spam' } : {}),
    }),
  )
  const [room, author] = [random.pick(rooms), random.pick(authors)]
  const top = messages.filter((one) => one.room === room).sort((a, b) => b.likes - a.likes)
  const newest = messages.filter((one) => one.author === author).sort((a, b) => b.at - a.at)
  return {
    messages: random.shuffle(messages),
    room,
    author,
    top: top.map(({ id, likes, author }) => ({ id, likes, author })),
    newest: newest.map(({ room, id, at, subject }) => ({ room, id, at, subject })),
    spam: messages.filter(({ flag }) => flag === 'spam').map(({ room, id }) => ({ room, id })),
  }
}

const read = <T>(fn: string, ...args: unknown[]) => submission.call<T>(fn, forum.cfg, ...args)
const getMessage = (table: string, room: string, id: string) => read<Message | null>('getMessage', table, room, id)
const topOfRoom = (table: string, room: string, count: number) =>
  read<{ id: string; likes: number }[]>('topOfRoom', table, room, count)
const byAuthor = (table: string, author: string, count: number) =>
  read<{ id: string }[]>('byAuthor', table, author, count)
const flagged = (table: string, flag: string) => read<{ room: string; id: string }[]>('flagged', table, flag)

test('patterns_return_the_right_rows', async () => {
  const { messages, room, author, top, newest, spam } = someForum()
  const table = await openForum(messages)
  const [one, marked] = [messages.find(({ flag }) => !flag), messages.find(({ flag }) => flag)] as [Message, Message]
  const nowhere = random.name('room-')
  const answers = await Promise.all([
    getMessage(table, one.room, one.id),
    getMessage(table, marked.room, marked.id),
    getMessage(table, nowhere, one.id),
    topOfRoom(table, room, 5),
    topOfRoom(table, room, 50),
    topOfRoom(table, nowhere, 5),
    byAuthor(table, author, 3),
    byAuthor(table, author, 50),
    flagged(table, 'spam'),
    flagged(table, 'rude'),
  ])
  expect(answers).toEqual([one, marked, null, top.slice(0, 5), top, [], newest.slice(0, 3), newest, spam, []])
})

test('twins_stay_apart', async () => {
  const [here, there] = [random.name('room-'), random.name('room-')]
  const [author, at] = [random.name('a-'), random.int(1_000_000, 9_000_000)]
  // Written in one millisecond by one author, and not liked by anybody yet.
  const mine = times(3, () => message({ room: here, author, at, flag: 'rude' }))
  const twins = mine.map(({ id }) => message({ room: there, id, author, at, flag: 'rude' }))
  const all = [...mine, ...twins]
  const table = await openForum()
  await Promise.all(random.shuffle(all).map((Item) => doc.send(new PutCommand({ TableName: table, Item }))))
  expect(await Promise.all(all.map(({ room, id }) => getMessage(table, room, id)))).toEqual(all)
  const ids = (found: { id: string }[]) => found.map(({ id }) => id).sort()
  expect(ids(await topOfRoom(table, here, 9))).toEqual(ids(mine))
  expect(ids(await byAuthor(table, author, 9))).toEqual(ids(all))
  expect(ids(await flagged(table, 'rude'))).toEqual(ids(all))
})

test('message_and_ranking_are_up_to_date', async () => {
  const { messages, room, top } = someForum()
  const table = await openForum(messages)
  // Whoever does not ask for a strong read gets it from a replica that has not heard of any message yet.
  forum.proxy.rule((_op, body) => {
    if (body.ConsistentRead === true) return undefined
    return {
      after: ({ Item, Items, ...rest }) => (Items ? { ...rest, Items: [], Count: 0, ScannedCount: 0 } : rest),
    }
  })
  const [favourite, last] = [top.at(0), top.at(-1)] as [Message, Message]
  await doc.send(
    new UpdateCommand({
      TableName: table,
      Key: { room, id: last.id },
      UpdateExpression: 'SET likes = :likes',
      ExpressionAttributeValues: { ':likes': 500 },
    }),
  )
  expect(await topOfRoom(table, room, 2)).toEqual([{ ...last, likes: 500 }, favourite])
  expect(await getMessage(table, room, last.id)).toMatchObject({ likes: 500 })
  await doc.send(new DeleteCommand({ TableName: table, Key: { room, id: favourite.id } }))
  expect((await topOfRoom(table, room, 2)).map(({ id }) => id)).toEqual([last.id, top[1]?.id])
  expect(await getMessage(table, room, favourite.id)).toBeNull()
})

test('one_request_per_list', async () => {
  const { messages, room, author, top, newest, spam } = someForum()
  const table = await openForum(messages)
  const one = random.pick(messages)
  expect(await getMessage(table, one.room, one.id)).toEqual(one)
  expect(['GetItem', 'Query']).toContain(forum.proxy.log[0]?.op)
  expect(forum.proxy.log).toHaveLength(1)
  // How much each query read, as the engine counted it: entries that a filter or the program throws away count as well.
  const scanned: number[] = []
  forum.proxy.rule((op) => ({
    after(answer) {
      scanned.push(op === 'Query' ? answer.ScannedCount : Number.NaN)
      return answer
    },
  }))
  expect(await topOfRoom(table, room, 4)).toEqual(top.slice(0, 4))
  expect(await byAuthor(table, author, 2)).toEqual(newest.slice(0, 2))
  expect(await flagged(table, 'spam')).toEqual(spam)
  expect(scanned).toEqual([4, 2, spam.length])
})

test('reads_stay_cheap', async () => {
  const { messages, room, author, top, newest } = someForum()
  const table = await openForum(messages)
  expect(await topOfRoom(table, room, 8)).toEqual(top.slice(0, 8))
  expect(await byAuthor(table, author, 8)).toEqual(newest.slice(0, 8))
  await flagged(table, 'spam')
  // The same requests once more, with the question what they consume.
  const units: unknown[] = []
  for (const { op, body } of forum.proxy.log) {
    expect(op).toBe('Query')
    const query = { ...body, ReturnConsumedCapacity: 'TOTAL' } as QueryCommandInput
    units.push((await client.send(new QueryCommand(query))).ConsumedCapacity?.CapacityUnits)
  }
  expect(units).toEqual([1, 0.5, 0.5])
})

test('writes_stay_cheap', async () => {
  const table = await openForum()
  const ReturnConsumedCapacity = 'TOTAL' as const
  const put = async ({ room, id, likes, author, at, subject, body, flag }: Message) => {
    const Item = {
      ...{ room: { S: room }, id: { S: id }, likes: { N: `${likes}` }, author: { S: author } },
      ...{ at: { N: `${at}` }, subject: { S: subject }, body: { S: body }, ...(flag ? { flag: { S: flag } } : {}) },
    }
    const request = new PutItemCommand({ TableName: table, Item, ReturnConsumedCapacity })
    return (await client.send(request)).ConsumedCapacity?.CapacityUnits
  }
  const set = async ({ room, id }: Message, attribute: string, value: { S: string } | { N: string }) => {
    const request = new UpdateItemCommand({
      TableName: table,
      Key: { room: { S: room }, id: { S: id } },
      UpdateExpression: 'SET #attribute = :value',
      ExpressionAttributeNames: { '#attribute': attribute },
      ExpressionAttributeValues: { ':value': value },
      ReturnConsumedCapacity,
    })
    return (await client.send(request)).ConsumedCapacity?.CapacityUnits
  }
  const plain = message()
  const units = {
    flagged: await put(message({ flag: 'spam' })),
    plain: await put(plain),
    edited: await set(plain, 'body', { S: 'y'.repeat(2_350) }),
    liked: await set(plain, 'likes', { N: '1' }),
  }
  expect(units).toEqual({ flagged: 6, plain: 5, edited: 3, liked: 5 })
})

test('flag_index_is_sparse', async () => {
  const { messages, spam } = someForum()
  const table = await openForum(messages)
  const [one, ...others] = random.shuffle(spam) as [{ room: string; id: string }]
  expect(await flagged(table, 'spam')).toEqual(spam)
  const IndexName = forum.proxy.log.at(-1)?.body.IndexName
  if (typeof IndexName !== 'string') assert.fail('flagged() asked no index')
  const entries = async () => {
    const { Items = [] } = await doc.send(new ScanCommand({ TableName: table, IndexName }))
    return Items.map(({ id }) => id).sort()
  }
  expect(await entries()).toEqual(spam.map(({ id }) => id).sort())
  // The moderators have looked at one.
  await doc.send(new UpdateCommand({ TableName: table, Key: one, UpdateExpression: 'REMOVE flag' }))
  expect(await entries()).toEqual(others.map(({ id }) => id).sort())
})

test('no_more_indexes_than_needed', async () => {
  const table = await openForum()
  const { Table } = await client.send(new DescribeTableCommand({ TableName: table }))
  const { LocalSecondaryIndexes: local = [], GlobalSecondaryIndexes: global = [] } = Table ?? {}
  expect(local.length).toBeLessThanOrEqual(1)
  expect(global.length).toBeLessThanOrEqual(2)
})

import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb'
import { show, submission, use } from 'drillbase/kit'
import { test } from 'vitest'
import { createTable, type Message } from './fixture.ts'

const forum = use.dynamodb()
const table = 'forum'

const posts: [room: string, id: string, likes: number, author: string, subject: string, flag?: string][] = [
  ['sql', 'm1', 2, 'ann', 'Joins'],
  ['sql', 'm2', 7, 'bob', 'Nulls'],
  ['sql', 'm3', 0, 'bob', 'Cheap pills', 'spam'],
  ['nosql', 'm1', 4, 'ann', 'Keys'],
]
const messages: Message[] = posts.map(([room, id, likes, author, subject, flag], index) => ({
  ...{ room, id, likes, author, at: 1_000 + index, subject, body: 'See below.' },
  ...(flag === undefined ? {} : { flag }),
}))

/** Makes the table and writes the messages; a sentence about how that went. */
async function open(input: Promise<unknown>): Promise<string> {
  const problem = await createTable(forum.inspect.client, table, await input)
  if (problem !== null) return problem
  const puts = messages.map((Item) => ({ PutRequest: { Item } }))
  return forum.inspect.doc.send(new BatchWriteCommand({ RequestItems: { [table]: puts } })).then(
    () => 'It is there, with four messages.',
    (error) => `DynamoDB refuses the messages: ${error.message}`,
  )
}

test('sample', async () => {
  const input = submission.call('createInput', table)
  await show('your input', input)
  if (await input.then(Boolean, () => false)) await show('the table', await open(input))
  const read = async (label: string, fn: string, ...args: unknown[]) =>
    show(label, submission.call(fn, forum.cfg, table, ...args))
  await show(
    'the first message of sql, its subject',
    submission.call<Message | null>('getMessage', forum.cfg, table, 'sql', 'm1').then((found) => found?.subject),
  )
  await read('the two most liked of sql', 'topOfRoom', 'sql', 2)
  await read('the newest by Ann', 'byAuthor', 'ann', 5)
  await read('what is flagged as spam', 'flagged', 'spam')
})

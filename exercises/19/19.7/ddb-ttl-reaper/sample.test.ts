import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb'
import { show, submission, use } from 'drillbase/kit'
import { test } from 'vitest'
import { tables } from './fixture.ts'

const noon = Date.UTC(2030, 0, 1, 12) / 1000
const holds = [
  { id: 'ann', seat: 'A1', exp: noon - 60 },
  { id: 'bob', seat: 'A2', exp: noon - 3_600 },
  { id: 'cleo', seat: 'A3', exp: noon + 60 },
  { id: 'dan', seat: 'A4', exp: String(noon - 60) },
  { id: 'eve', seat: 'A5', exp: 0 },
]
const db = use.dynamodb({
  tables,
  seed: (doc) =>
    doc.send(new BatchWriteCommand({ RequestItems: { holds: holds.map((Item) => ({ PutRequest: { Item } })) } })),
})

test('sample', async () => {
  const asked: string[] = []
  const env = {
    now: async () => noon * 1000,
    beforeDelete: async (id: string) => {
      asked.push(id)
    },
  }
  const sweep = () => submission.call('sweep', db.cfg, { table: 'holds', archive: 'archive', segments: 2 }, env)

  await show('a sweep at noon: Ann and Bob are late, Cleo is not, Dan has a text, Eve a zero', sweep())
  await show('asked before deleting', asked.sort())
  await show('a second sweep', sweep())
})

import { PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb'
import { show, submission, use } from 'drillbase/kit'
import { test } from 'vitest'
import { type Region, tables } from './fixture.ts'

const virginia = use.dynamodb({ region: 'us-east-1', tables })
const ireland = use.dynamodb({ region: 'eu-west-1', tables })
const add = (region: Region, delta: unknown) => submission.call('add', virginia.cfg, region, 'lamp', delta)
const value = (region: Region) => submission.call('value', virginia.cfg, region, 'lamp')

test('sample', async () => {
  await show('5 in Virginia', add('us-east-1', 5))
  await show('7 in Ireland', add('eu-west-1', 7))
  await show('Virginia, before anything has travelled', value('us-east-1'))
  // Each Region sends its items; of two versions of one item the one that arrives later stays.
  for (const [from, to] of [
    [virginia, ireland],
    [ireland, virginia],
  ] as const)
    for (const Item of (await from.inspect.doc.send(new ScanCommand({ TableName: 'counters' }))).Items ?? [])
      await to.inspect.doc.send(new PutCommand({ TableName: 'counters', Item }))
  await show('Virginia, when everything has arrived', value('us-east-1'))
  await show('Ireland', value('eu-west-1'))
  await show('2 less in Ireland', add('eu-west-1', -2))
  await show('Ireland, at once', value('eu-west-1'))
  await show('half a visit', add('us-east-1', 0.5))
})

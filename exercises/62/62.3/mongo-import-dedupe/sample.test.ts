import { show, submission, use } from 'drillbase/kit'
import { test } from 'vitest'
import type { Report, User } from './fixture.ts'

const mongo = use.mongodb({
  seed: (db) => db.collection<User>('users').insertOne({ email: 'zoe@sea.org', emailKey: 'zoe@sea.org', name: 'Zoe' }),
})
const importUsers = (rows: unknown[]) => submission.call<Report>('importUsers', mongo.cfg, rows)

test('sample', async () => {
  await show('the index', submission.call('ensureIndexes', mongo.cfg))
  const rows = [
    { email: 'Ann@sea.org', name: 'Ann' },
    { email: 'zoe@sea.org', name: 'another Zoe' },
    { email: 'no address', name: 'Bob' },
    { email: ' ann@SEA.org ', name: 'Ann again' },
    { email: 'cat@sea.org', name: 'Cat' },
  ]
  await show('five rows: Ann, Zoe who is there already, one without an address, Ann again, Cat', importUsers(rows))
  await show('the same five again', importUsers(rows))
  await show('a row that is no row, and an operator', importUsers([null, { email: { $ne: null }, name: 'Eve' }]))
})

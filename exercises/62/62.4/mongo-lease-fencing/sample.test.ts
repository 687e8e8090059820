import { show, submission, use } from 'drillbase/kit'
import { test } from 'vitest'
import type { Held, Lease } from './fixture.ts'

const mongo = use.mongodb({
  seed: (db) =>
    db
      .collection<Lease>('leases')
      .insertOne({ _id: 'invoices', owner: 'zoe', token: 'old', fence: 6, until: new Date(Date.now() - 60_000) }),
})
const acquire = (name: string, owner: string) => submission.call<Held | null>('acquire', mongo.cfg, name, owner, 60_000)
const fencedWrite = (fence: number, value: string) =>
  submission.call<boolean>('fencedWrite', mongo.cfg, 'invoices.csv', fence, value)

test('sample', async () => {
  const ann = acquire('invoices', 'ann')
  await show('Ann takes the lease that Zoe has let lapse', ann)
  const { token, fence } = (await ann.catch(() => null)) ?? { token: 'none', fence: 1 }
  await show('Bob wants it too', acquire('invoices', 'bob'))
  await show('Ann renews', submission.call('renew', mongo.cfg, 'invoices', token, 120_000))
  await show('Ann writes', fencedWrite(fence, 'by Ann'))
  await show('Zoe wakes up and writes with her fence of 6', fencedWrite(6, 'by Zoe'))
  await show('Zoe releases with her old token', submission.call('release', mongo.cfg, 'invoices', 'old'))
  await show('Ann releases', submission.call('release', mongo.cfg, 'invoices', token))
  await show('a name that is an operator', acquire({ $ne: null } as unknown as string, 'eve'))
})

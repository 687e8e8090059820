import { show, submission, use } from 'drillbase/kit'
import { test } from 'vitest'
import { tables } from './fixture.ts'

const db = use.dynamodb({ tables })

test('sample', async () => {
  let nowMs = Date.UTC(2030, 0, 1, 12)
  const now = async () => nowMs
  const create = (id: string, ttlSeconds: number) =>
    submission.call('create', db.cfg, { user: 'ann', id, data: `cart of ${id}`, ttlSeconds }, now)

  await show('Ann signs in with her phone, for a minute', create('phone', 60))
  await show('and with her laptop, for an hour', create('laptop', 3_600))
  await show('the phone once more', create('phone', 60))
  await show('the session of the phone', submission.call('get', db.cfg, 'ann', 'phone', now))
  nowMs += 60_000
  await show('the phone, a minute later', submission.call('get', db.cfg, 'ann', 'phone', now))
  await show('Ann renews the phone', submission.call('renew', db.cfg, 'ann', 'phone', 60, now))
  await show('all of her sessions', submission.call('listIds', db.cfg, 'ann', { limit: 10 }, now))
  await show('she signs in with the phone again', create('phone', 600))
})

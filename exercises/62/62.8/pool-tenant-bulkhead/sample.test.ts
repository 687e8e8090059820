import { setTimeout as pause } from 'node:timers/promises'
import { show, submission, use } from 'drillbase/kit'
import { test } from 'vitest'
import type { Db, Gate } from './fixture.ts'

const db = use.postgres()

const value = async (lent: Db) => (await lent.query('select 6 * $1::int as value', [7]))[0]?.value

test('sample', async () => {
  const limits = { total: 2, perTenant: 1, maxQueue: 2, waitMs: 1_000 }
  const gate = await submission.call<Gate>('createGate', db.cfg, limits)
  await show('Ann asks for 6 times 7', gate.run('ann', value))
  const order: string[] = []
  const works = ['ann', 'ann', 'ann', 'bob', 'cem', 'bob'].map((tenant) =>
    gate.run(tenant, async () => {
      order.push(tenant)
      await pause(50)
    }),
  )
  for (const work of works) work.catch(() => {})
  await show('a fourth work of Ann, while two wait', gate.run('ann', value))
  await show(
    'all others',
    Promise.all(works).then(() => 'done'),
  )
  await show('in this order', order)
  await show('close', gate.close())
  await show('Bob after close', gate.run('bob', value))
})

import { show, submission, use } from 'drillbase/kit'
import { test } from 'vitest'
import { type Db, schema } from './fixture.ts'

const db = use.postgres({
  schema,
  seed: (inspect) =>
    inspect.query(`
      insert into public.docs (tenant, body) values
        ('ann', 'plan'), ('ann', 'letter'), ('bob', 'song')`),
})

const withTenant = (tenant: string, work: (own: Db) => Promise<unknown>) =>
  submission.call('withTenant', db.cfg, tenant, work)
const bodies = (own: Db) => own.query('select body from docs order by id')

test('sample', async () => {
  await show('Ann reads', withTenant('ann', bodies))
  await show('Bob reads', withTenant('bob', bodies))
  await show('nobody in particular counts', submission.call('rawCount', db.cfg))
  await show(
    'Bob writes and reads',
    withTenant('bob', async (own) => {
      await own.query('insert into docs (tenant, body) values ($1, $2)', ['bob', 'poem'])
      return bodies(own)
    }),
  )
  await show(
    'Ann swallows an error',
    withTenant('ann', async (own) => {
      await own.query('select 1 / 0 as nothing').catch(() => {})
      return 'all is well'
    }),
  )
  await show('nobody in particular counts again', submission.call('rawCount', db.cfg))
})

import { show, submission, use } from 'drillbase/kit'
import { test } from 'vitest'
import { schema } from './fixture.ts'

const db = use.postgres({
  schema,
  seed: (inspect) => inspect.query(`insert into public.users (id, name) values (1, 'Ann'), (2, 'Bob')`),
})
const redis = use.redis()

test('sample', async () => {
  const cfg = { ...db.cfg, ...redis.cfg }
  const getUser = (id: number, hooks = {}) => submission.call('getUser', cfg, id, hooks)
  const rename = (id: number, name: string) => submission.call('rename', cfg, id, name)

  await show('user 1', getUser(1))
  await show('user 1 again', getUser(1))
  await show('Ann becomes Anna', rename(1, 'Anna'))
  await show('user 1 after that', getUser(1))
  const afterDbRead = async () => {
    await rename(2, 'Robert').catch(() => {})
  }
  await show('user 2, renamed to Robert while being read', getUser(2, { afterDbRead }))
  await show('user 2 after that', getUser(2))
  await show('user 3, whom nobody knows', getUser(3))
})

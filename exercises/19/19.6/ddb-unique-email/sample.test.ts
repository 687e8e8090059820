import { show, submission, use } from 'drillbase/kit'
import { test } from 'vitest'
import { tables } from './fixture.ts'

const accounts = use.dynamodb({ tables })
const register = (id: string, email: string) => submission.call('register', accounts.cfg, { id, email })
const find = (email: string) => submission.call('findByEmail', accounts.cfg, email)

test('sample', async () => {
  await show('Ann registers as Ann@Example.org, with a blank behind', register('ann', 'Ann@Example.org '))
  await show('who is ann@example.ORG?', find('ann@example.ORG'))
  await show('Bob registers with her address', register('bob', 'ann@example.org'))
  await show('Bob registers with his own', register('bob', 'bob@example.org'))
  await show('Ann moves to ann@work.example', submission.call('changeEmail', accounts.cfg, 'ann', 'ann@work.example'))
  await show('who has her old address?', find('ann@example.org'))
  await show('Bob is removed', submission.call('removeUser', accounts.cfg, 'bob'))
  await show('Bob changes his address', submission.call('changeEmail', accounts.cfg, 'bob', 'bob@work.example'))
})

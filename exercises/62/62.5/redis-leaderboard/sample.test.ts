import { show, submission, use } from 'drillbase/kit'
import { test } from 'vitest'

const redis = use.redis()
const call = (fn: string, ...args: unknown[]) => submission.call(fn, redis.cfg, 'friday', ...args)

test('sample', async () => {
  await show('Ann scores 50', call('submit', 'Ann', 50))
  await show('Ann scores 40, which is less', call('submit', 'Ann', 40))
  const others = [
    ['Bob', 70],
    ['Cleo', 50],
    ['Dan', 10],
    ['eve', 50],
    ['Zoë', 0],
  ]
  await show('five more', call('submitMany', others))
  await show('the first four', call('top', 4))
  await show('rank of Ann', call('rank', 'Ann'))
  await show('rank of nobody', call('rank', 'nobody'))
  await show('around Dan', call('around', 'Dan', 1))
})

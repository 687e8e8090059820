import { setTimeout as pause } from 'node:timers/promises'
import { show, submission, use } from 'drillbase/kit'
import { test } from 'vitest'

const redis = use.redis()
const allow = (id: string, limit: number, windowMs: number) => submission.call('allow', redis.cfg, id, limit, windowMs)

test('sample', async () => {
  await show('Ann, first of two calls a minute', allow('ann', 2, 60_000))
  await show('second', allow('ann', 2, 60_000))
  await show('third', allow('ann', 2, 60_000))
  await show('Bob, first', allow('bob', 2, 60_000))
  await show('Cleo, one call in 400 ms', allow('cleo', 1, 400))
  await show('and another at once', allow('cleo', 1, 400))
  await pause(420)
  await show('and one 420 ms later', allow('cleo', 1, 400))
})

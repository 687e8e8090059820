import { show, submission, until, use } from 'drillbase/kit'
import { test } from 'vitest'

const redis = use.redis()
const allow = (id: string, limit: number, windowMs: number) =>
  submission.call<{ retryAfterMs: number }>('allow', redis.cfg, id, limit, windowMs)

test('sample', async () => {
  await show('Ann, first of three calls a minute', allow('ann', 3, 60_000))
  await show('second', allow('ann', 3, 60_000))
  await show('third', allow('ann', 3, 60_000))
  await show('fourth', allow('ann', 3, 60_000))
  await show('Bob, first', allow('bob', 3, 60_000))
  await show('Cleo, one call in 300 ms', allow('cleo', 1, 300))
  await show('and another at once', allow('cleo', 1, 300))
  const start = performance.now()
  await until(() => performance.now() > start + 320, 1_000)
  await show('and one 320 ms later', allow('cleo', 1, 300))
})

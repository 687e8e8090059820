import { show, submission, use } from 'drillbase/kit'
import { test } from 'vitest'

const redis = use.redis()
const options = { ttlMs: 60_000, nullTtlMs: 5_000, lockMs: 2_000 }

test('sample', async () => {
  let loads = 0
  const price = async () => {
    loads++
    return { price: 12 }
  }
  const nothing = async () => {
    loads++
    return null
  }
  const broken = async () => {
    throw Object.assign(new Error('the source is down'), { code: 'SOURCE_DOWN' })
  }
  const ask = (key: string, load: (key: string) => Promise<unknown>) =>
    submission.call('getOrLoad', redis.cfg, key, options, load)

  await show('the price of a tent, not cached yet', ask('tent', price))
  await show('the price of a tent, again', ask('tent', price))
  await show('five ask for a lamp at once', Promise.all(Array.from({ length: 5 }, () => ask('lamp', price))))
  await show('a kayak, which the source does not have', ask('kayak', nothing))
  await show('the kayak again', ask('kayak', nothing))
  await show('loads so far', loads)
  await show('a rope, while the source is down', ask('rope', broken))
  await show('a rope, when it is back', ask('rope', price))
})

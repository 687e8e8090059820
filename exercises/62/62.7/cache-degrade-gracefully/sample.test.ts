import { show, submission, use } from 'drillbase/kit'
import { test } from 'vitest'

const redis = use.redis()

test('sample', async () => {
  const fine = async (key: string) => ({ of: key })
  const broken = async () => {
    throw Object.assign(new Error('the source is down'), { code: 'SOURCE_DOWN' })
  }
  const get = (key: string, load: (key: string) => Promise<unknown>) =>
    submission.call('get', redis.cfg, key, 60_000, load)

  await show('a tent, not cached yet', get('tent', fine))
  await show('the tent again', get('tent', fine))
  await show(
    'zero is a value',
    get('lamps left', async () => 0),
  )
  await show(
    'and comes from the cache',
    get('lamps left', async () => 0),
  )
  await show('a rope, while the source is down', get('rope', broken))
  await redis.faults.outOfMemory(true)
  await show('a kayak, when Redis is full', get('kayak', fine))
  await show('the kayak again', get('kayak', fine))
  await show('the tent, when Redis is full', get('tent', fine))
})

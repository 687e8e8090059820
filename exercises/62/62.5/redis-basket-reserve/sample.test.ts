import { show, submission, use } from 'drillbase/kit'
import { test } from 'vitest'

const redis = use.redis({
  seed: (inspect) => inspect.hset(redis.key('stock'), { tent: 5, peg: 20, lamp: 0 }),
})
const reserve = (order: string, lines: Record<string, number>) => submission.call('reserve', redis.cfg, order, lines)

test('sample', async () => {
  await show('Ann reserves a tent and 8 pegs', reserve('ann-1', { tent: 1, peg: 8 }))
  await show('the same order again', reserve('ann-1', { tent: 1, peg: 8 }))
  await show('Bob wants 2 tents and 13 pegs, 12 are left', reserve('bob-1', { tent: 2, peg: 13 }))
  await show('a lamp, which is sold out', reserve('bob-2', { lamp: 1 }))
  await show('a kayak, which nobody has heard of', reserve('bob-3', { kayak: 1 }))
  await show('minus one tent', reserve('bob-4', { tent: -1 }))
  await show('Ann gives her order back', submission.call('release', redis.cfg, 'ann-1'))
  await show('and once more', submission.call('release', redis.cfg, 'ann-1'))
})

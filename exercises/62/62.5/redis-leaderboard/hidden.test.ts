import { random, submission, until, use } from 'drillbase/kit'
import { expect, test } from 'vitest'

type Row = { player: string; score: number; rank: number }

const redis = use.redis()
const board = () => random.name('board')

/** The board as it should be: best score of each player, high first, equals by name in byte order, ranks shared. */
function model(best: Map<string, number>): Row[] {
  const rows = [...best]
    .map(([player, score]) => ({ player, score, rank: 0 }))
    .sort((a, b) => b.score - a.score || Buffer.compare(Buffer.from(a.player), Buffer.from(b.player)))
  for (const [index, row] of rows.entries()) {
    const above = rows[index - 1]
    row.rank = above?.score === row.score ? above.rank : index + 1
  }
  return rows
}

test('matches_a_model_with_ties', async () => {
  const name = board()
  const best = new Map<string, number>()
  const tieA = random.name('a')
  const entries: [string, number][] = [
    ...Array.from({ length: 50 }, (): [string, number] => [`p${random.int(0, 24)}`, random.int(0, 9) * 10]),
    // A tie at the very top, whatever chance did above.
    [tieA, 1000],
    [`${tieA}z`, 1000],
  ]
  for (const [player, score] of entries) {
    await submission.call('submit', redis.cfg, name, player, score)
    best.set(player, Math.max(best.get(player) ?? 0, score))
  }
  // One list may name a player twice, and the lower score may come last.
  const twice = random.name('t')
  await submission.call('submitMany', redis.cfg, name, [
    [twice, 500],
    [twice, 400],
  ])
  best.set(twice, 500)
  const expected = model(best)
  expect(await submission.call('top', redis.cfg, name, 100)).toEqual(expected)
  expect(await submission.call('top', redis.cfg, name, 5)).toEqual(expected.slice(0, 5))
  for (const { player, score, rank } of random.shuffle(expected).slice(0, 8))
    expect(await submission.call('rank', redis.cfg, name, player)).toEqual({ score, rank })
})

test('lower_score_never_replaces_under_concurrency', async () => {
  // Slow enough that the calls of a round overlap: whoever reads before writing reads what all the others read. The first
  // round opens the connections; without it the calls would set out one by one.
  for (let round = 0; round < 4; round++) {
    const name = board()
    redis.proxy.delay(12)
    const scores = Array.from({ length: 5 }, () => Array.from({ length: 12 }, () => random.int(1, 1e9)))
    const calls = Array.from({ length: 12 }, (_, i) =>
      scores.map((own, player) => submission.call('submit', redis.cfg, name, `p${player}`, own[i])),
    )
    await Promise.all(calls.flat())
    redis.proxy.delay(0)
    for (const [player, own] of scores.entries()) {
      const { score } = await submission.call('rank', redis.cfg, name, `p${player}`)
      expect(score).toBe(Math.max(...own))
    }
  }
})

test('around_clips_at_both_ends', async () => {
  const name = board()
  const players = random.int(25, 40)
  const best = new Map(Array.from({ length: players }, (_, i) => [`q${String(i).padStart(2, '0')}`, random.int(0, 8)]))
  await submission.call('submitMany', redis.cfg, name, [...best])
  const expected = model(best)
  const n = random.int(2, 4)
  for (const index of [0, 1, 12, players - 2, players - 1]) {
    const neighbours = expected.slice(Math.max(0, index - n), index + n + 1)
    expect(await submission.call('around', redis.cfg, name, expected[index]?.player, n)).toEqual(neighbours)
  }
  expect(await submission.call('around', redis.cfg, name, random.name('nobody'), n)).toEqual([])
})

test('hostile_names_are_members', async () => {
  const name = board()
  const word = random.name('n')
  const names = [
    '',
    ' ',
    word,
    word.toUpperCase(),
    ` ${word} `,
    'x\r\nZADD y 1 z',
    '__proto__',
    '*',
    'ünï☃',
    '(inf',
    '[a',
    '-inf',
  ]
  const best = new Map(random.shuffle(names).map((player, i) => [player, i + 1]))
  for (const [player, score] of best) await submission.call('submit', redis.cfg, name, player, score)
  expect(await submission.call('top', redis.cfg, name, 50)).toEqual(model(best))
  expect(await submission.call('rank', redis.cfg, name, random.name('missing'))).toBeNull()
})

test('thousand_entries_in_few_round_trips', async () => {
  const name = board()
  await submission.call('submit', redis.cfg, name, 'warm', 1)
  const entries = Array.from({ length: 1000 }, (_, i) => [`p${i}`, random.int(2, 1e6)])
  const before = redis.proxy.turns
  await submission.call('submitMany', redis.cfg, name, entries)
  expect(redis.proxy.turns - before).toBeLessThanOrEqual(30)
  expect(await submission.call('rank', redis.cfg, name, 'warm')).toEqual({ score: 1, rank: 1001 })
})

test('zero_and_large_scores_are_exact', async () => {
  const name = board()
  const [zero, large, next] = [random.name('z'), random.name('l'), random.name('n')]
  await submission.call('submitMany', redis.cfg, name, [
    [zero, 0],
    [large, 2 ** 53 - 1],
    [next, 2 ** 53 - 2],
  ])
  const rows = [
    { player: large, score: 2 ** 53 - 1, rank: 1 },
    { player: next, score: 2 ** 53 - 2, rank: 2 },
    { player: zero, score: 0, rank: 3 },
  ]
  expect(await submission.call('top', redis.cfg, name, 5)).toEqual(rows)
  expect(await submission.call('rank', redis.cfg, name, zero)).toEqual({ score: 0, rank: 3 })
})

test('page_does_not_transfer_the_board', async () => {
  const name = board()
  const middle = random.int(1500, 2500)
  const entries = Array.from({ length: 4000 }, (_, i) => [`player-number-${i}`, i])
  await submission.call('submitMany', redis.cfg, name, entries)
  const before = redis.proxy.bytesDown
  expect(await submission.call('top', redis.cfg, name, 10)).toHaveLength(10)
  expect(await submission.call('around', redis.cfg, name, `player-number-${middle}`, 5)).toHaveLength(11)
  expect(redis.proxy.bytesDown - before).toBeLessThan(6000)
})

test('killed_connections_are_survived', async () => {
  const name = board()
  const best = new Map(Array.from({ length: 24 }, (_, i) => [`p${i}`, random.int(1, 1e6)]))
  const submitAll = () => [...best].map(([player, score]) => submission.call('submit', redis.cfg, name, player, score))
  await Promise.all(submitAll())
  // Commands are held in the proxy when the server ends their connections, also on a busy machine: their replies never come.
  redis.proxy.delay(150)
  const sent = redis.proxy.bytesUp
  const calls = submitAll()
  await until(() => redis.proxy.bytesUp > sent, 2000, 'a command on its way')
  expect(await redis.faults.killClients()).toBeGreaterThan(0)
  redis.proxy.delay(0)
  await Promise.all(calls)
  expect(await submission.call('top', redis.cfg, name, 100)).toEqual(model(best))
  await submission.call('close')
  await until(async () => (await redis.clients()).length === 0, 2000, 'no connection left after close()')
})

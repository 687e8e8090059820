import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Queue, ReviewReply } from './contract.ts'
import { dialects, startTestServer, type TestServer } from './test-server.ts'

const minuteMs = 60_000
const dayMs = 86_400_000

describe.each(dialects)('on %s', (dialect) => {
  let server: TestServer
  beforeEach(async () => {
    server = await startTestServer({ dialect })
  })
  afterEach(() => server.close())

  const queue = async (): Promise<Queue> => (await (await server.api.review.queue.$get({ query: {} })).json()) as Queue

  const review = (item: string, version: number, more: object = {}) => ({
    id: randomUUID(),
    item,
    version,
    rating: 'good' as const,
    answeredAt: new Date(server.clock.now).toISOString(),
    durationMs: 4_000,
    ...more,
  })

  async function answer(request: ReturnType<typeof review>): Promise<ReviewReply> {
    const reply = await server.post('/api/reviews', request)
    expect(reply.status).toBe(200)
    return (await reply.json()) as ReviewReply
  }

  test('an answered card is what its button said', async () => {
    const [first] = (await queue()).items
    if (!first) throw new Error('an empty queue')
    const easy = first.intervals[3]
    const reply = await answer(review(first.item, first.version, { rating: 'easy' }))
    expect(reply).toMatchObject({ version: 1, memory: { dueAt: easy?.dueAt, state: 'review' }, replayed: false })
    expect((await queue()).items.map(({ item }) => item)).not.toContain(first.item)
  })

  test('fifty parallel posts of one id are one review', async () => {
    const request = review('card:90.1-c01', 0)
    const replies = await Promise.all(Array.from({ length: 50 }, () => answer(request)))
    expect(replies.filter(({ replayed }) => !replayed)).toHaveLength(1)
    expect(new Set(replies.map(({ memory, version }) => JSON.stringify({ memory, version })))).toHaveLength(1)
    expect((await queue()).doneToday).toBe(1)
  })

  test('another answer on a version that is gone is stale', async () => {
    await answer(review('card:90.1-c01', 0))
    const reply = await server.post('/api/reviews', review('card:90.1-c01', 0))
    expect(reply.status).toBe(409)
    expect(await reply.json()).toMatchObject({ error: { code: 'stale-version' } })
  })

  test('answer, then undo: the same queue as before, and nothing left to undo', async () => {
    const before = await queue()
    await answer(review('card:90.1-c01', 0))
    expect((await queue()).canUndo).toBe(true)
    const undone = await server.api.reviews.undo.$post()
    expect(await undone.json()).toMatchObject({ item: 'card:90.1-c01', memory: { state: 'new' } })
    const after = await queue()
    const withoutVersions = ({ items, ...rest }: Queue) => ({
      ...rest,
      items: items.map((item) => ({ ...item, version: 0 })),
    })
    expect(withoutVersions(after)).toEqual(withoutVersions(before))
    expect((await server.api.reviews.undo.$post()).status).toBe(409)
  })

  test('reviews made offline take their places by instant, and the item is replayed', async () => {
    const at = (minutes: number) => new Date(server.clock.now - 60 * minuteMs + minutes * minuteMs).toISOString()
    const early = review('card:90.1-c01', 0, { answeredAt: at(0), merge: true, rating: 'again' })
    const late = review('card:90.1-c01', 0, { answeredAt: at(30), merge: true })
    await answer(late)
    const merged = await answer(early)
    expect(merged).toMatchObject({ moved: true, version: 2, memory: { reps: 2 } })

    const other = await startTestServer({ dialect })
    for (const request of [early, late]) await other.post('/api/reviews', request)
    const state = await other.store.items.state(other.learnerId, 'card:90.1-c01')
    expect(state?.memory).toEqual((await server.store.items.state(server.learnerId, 'card:90.1-c01'))?.memory)
    await other.close()
  })

  test('a page whose clock is two days off is put right in both directions', async () => {
    const off = (days: number) => ({ answeredAt: new Date(server.clock.now + days * dayMs).toISOString() })
    await answer(review('card:90.1-c01', 0, off(2)))
    await answer(review('card:90.1-c04', 0, off(-2)))
    const rows = await server.store.reviews.ofDay(server.learnerId, '2026-03-02')
    expect(rows.map(({ answeredAt }) => answeredAt)).toEqual([server.clock.now, server.clock.now])
  })

  test('a clock that is put right does not make a repeated post another review', async () => {
    const request = review('card:90.1-c01', 0, { answeredAt: new Date(server.clock.now + dayMs).toISOString() })
    await answer(request)
    server.clock.now += 5 * minuteMs
    expect((await answer(request)).replayed).toBe(true)
  })

  test('siblings wait for the rollover and come back untouched', async () => {
    const ids = async () => (await queue()).items.map(({ item }) => item)
    // c02 and c03 share a concept: one of them a day.
    expect(await ids()).toContain('card:90.1-c02')
    expect(await ids()).not.toContain('card:90.1-c03')
    await answer(review('card:90.1-c02', 0, { rating: 'easy' }))
    expect(await ids()).not.toContain('card:90.1-c03')
    server.clock.now += dayMs
    expect(await ids()).toContain('card:90.1-c03')
  })

  test('an exercise is offered only when its prerequisites have been begun', async () => {
    const offered = async () => (await queue()).items.some(({ item }) => item === 'exercise:difference-of-two')
    expect(await offered()).toBe(false)
    for (const card of ['90.1-c01', '90.1-c02', '90.1-c04']) await answer(review(`card:${card}`, 0))
    expect(await offered()).toBe(true)
  })

  test('a time box holds what fits', async () => {
    const whole = await queue()
    const reply = await server.api.review.queue.$get({ query: { minutes: '1' } })
    const boxed = (await reply.json()) as Queue
    expect(boxed.minutes).toBe(1)
    expect(boxed.items.length).toBeLessThan(whole.items.length)
  })

  test('progress counts what was done, and the forecast what comes', async () => {
    await answer(review('card:90.1-c01', 0, { rating: 'easy', durationMs: 60_000 }))
    const reply = await server.api.progress.$get()
    const progress = await reply.json()
    expect(progress).toMatchObject({
      studyDay: '2026-03-02',
      streakDays: 1,
      heatmap: [{ day: '2026-03-02', reviews: 1, minutes: 1 }],
      trueRetention: { total: 0, rate: null },
    })
    expect(progress.forecast).toHaveLength(30)
    expect(progress.forecast.reduce((sum, { cards }) => sum + cards, 0)).toBe(1)
    expect(progress.sections[0]).toMatchObject({ id: '90.1', cards: { total: 5, known: 1, new: 4 } })
    expect(progress.sections[0]?.mastery).toBeCloseTo(1 / 6)
  })
})

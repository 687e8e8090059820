import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { exerciseRating } from '../learning/rate-exercise.ts'
import type { Exercise, Submission } from './contract.ts'
import { dialects, startTestServer, type TestServer } from './test-server.ts'

describe.each(dialects)('correcting a rating on %s', (dialect) => {
  let server: TestServer
  beforeEach(async () => {
    server = await startTestServer({ dialect })
  })
  afterEach(() => server.close())

  /** The test stands in for the grading process. */
  async function accepted({ rated = true } = {}): Promise<string> {
    const { store, clock, learnerId } = server
    const sent = await server.post('/api/submissions', { exercise: 'sum-of-two', language: 'python', code: 'x = 1' })
    const { id } = (await sent.json()) as { id: string }
    const { fence } = (await store.submissions.claim(clock.now, 60_000, null)) ?? expect.fail()
    const learner = (await store.learners.get(learnerId)) ?? expect.fail()
    const from = { id, origin: 'grading' as const, submissionId: id, durationMs: 1_000 }
    const rating = rated ? exerciseRating(learner, 'sum-of-two', 'good', clock.now, from) : undefined
    const outcome = { verdict: 'accepted' as const, result: null, operatorLog: null, suiteHash: 'x' }
    await store.submissions.finish(id, fence, { ...outcome, finishedAt: clock.now }, rating)
    return id
  }
  const correct = (id: string, body: object) => server.post(`/api/submissions/${id}/rating`, body)
  const exercise = async () => (await (await fetch(`${server.address}/api/exercises/sum-of-two`)).json()) as Exercise

  test('the submission and the schedule have the learner’s rating', async () => {
    const id = await accepted()
    const before = await exercise()
    const reply = await correct(id, { id: randomUUID(), rating: 'again' })
    expect(reply.status).toBe(200)
    const { review } = (await reply.json()) as Submission
    expect(review).toMatchObject({ rating: 'again', dueAt: '2026-03-03T04:00:00.000Z' })
    const after = await exercise()
    expect(after.dueAt).toBe(review?.dueAt)
    expect(after.version).toBe(before.version + 1)
    const { submission } = { submission: await (await fetch(`${server.address}/api/submissions/${id}`)).json() }
    expect(submission).toMatchObject({ review })
  })

  test.each([
    ['a rating that is none', { id: randomUUID(), rating: 'great' }, 400, 'invalid-request'],
    ['no id', { rating: 'hard' }, 400, 'invalid-request'],
  ])('%s is refused', async (_, body, status, code) => {
    const reply = await correct(await accepted(), body)
    expect([reply.status, (await reply.json()).error.code]).toEqual([status, code])
  })

  test('practice has no rating to correct, and an unknown submission is not found', async () => {
    const practice = await correct(await accepted({ rated: false }), { id: randomUUID(), rating: 'hard' })
    expect([practice.status, (await practice.json()).error.code]).toEqual([409, 'nothing-to-correct'])
    expect((await correct(randomUUID(), { id: randomUUID(), rating: 'hard' })).status).toBe(404)
  })
})

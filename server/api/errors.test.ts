import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { errorBody } from './contract.ts'
import { startTestServer, type TestServer } from './test-server.ts'

let server: TestServer
beforeEach(async () => {
  server = await startTestServer({ queueLength: 1 })
})
afterEach(() => server.close())

async function failure(reply: Response | Promise<Response>) {
  const answered = await reply
  const { error } = errorBody.parse(await answered.json())
  return { status: answered.status, ...error }
}
const submission = (exercise: string, more: object = {}) => ({
  exercise,
  language: 'typescript',
  code: 'code',
  ...more,
})
const review = (more: object = {}) => ({
  id: randomUUID(),
  item: 'card:90.1-c01',
  version: 0,
  rating: 'good',
  answeredAt: new Date(server.clock.now).toISOString(),
  durationMs: 1,
  ...more,
})

test('invalid-request names every field that does not fit', async () => {
  const error = await failure(server.post('/api/reviews', review({ rating: 'fine', extra: 1, id: 'x' })))
  expect(error).toMatchObject({ status: 400, code: 'invalid-request' })
  expect(error.fields?.map(({ path }) => path)).toEqual(expect.arrayContaining(['id', 'rating']))
})

test.each(['{', '', '[]', 'null', '"text"'])('invalid-request for the body %j', async (text) => {
  expect(await failure(server.post('/api/reviews', text))).toMatchObject({ status: 400, code: 'invalid-request' })
})

test('invalid-request for a query that does not fit and a language that is not offered', async () => {
  expect(await failure(fetch(`${server.address}/api/review/queue?minutes=never`))).toMatchObject({
    code: 'invalid-request',
  })
  const cobol = failure(server.post('/api/submissions', submission('sum-of-two', { language: 'cobol' })))
  expect(await cobol).toMatchObject({ code: 'invalid-request' })
})

test.each([
  '/api/nothing',
  '/api/sections/1.1',
  '/api/exercises/none',
  `/api/submissions/${randomUUID()}`,
  '/missing.js',
])('not-found for %s', async (path) => {
  expect(await failure(fetch(server.address + path))).toMatchObject({ status: 404, code: 'not-found' })
})

test('not-found for an item and an exercise that are not among the content', async () => {
  expect(await failure(server.post('/api/reviews', review({ item: 'card:none' })))).toMatchObject({ code: 'not-found' })
  expect(await failure(server.post('/api/submissions', submission('none')))).toMatchObject({ code: 'not-found' })
})

test('stale-version, id-reused and nothing-to-undo are conflicts', async () => {
  const first = review()
  await server.post('/api/reviews', first)
  expect(await failure(server.post('/api/reviews', review()))).toMatchObject({ status: 409, code: 'stale-version' })
  const reused = failure(server.post('/api/reviews', { ...first, rating: 'easy' }))
  expect(await reused).toMatchObject({ status: 409, code: 'id-reused' })
  await server.post('/api/reviews/undo', {})
  expect(await failure(server.post('/api/reviews/undo', {}))).toMatchObject({ status: 409, code: 'nothing-to-undo' })
})

test('queue-full says when to come back, nothing is kept of what was refused, and a known one is still known', async () => {
  const id = randomUUID()
  await server.post('/api/submissions', { id, ...submission('sum-of-two') })
  const reply = await server.post('/api/submissions', submission('difference-of-two'))
  expect(reply.headers.get('retry-after')).toBe('60')
  expect(await failure(reply)).toMatchObject({ status: 503, code: 'queue-full', retryAfterMs: 60_000 })
  expect(await server.store.counts()).toMatchObject({ submissions: 1 })
  expect((await server.post('/api/submissions', { id, ...submission('sum-of-two') })).status).toBe(202)
})

test('internal tells the outside nothing and the log everything', async () => {
  await server.store.close()
  const error = await failure(fetch(`${server.address}/api/sections`))
  expect(error).toMatchObject({ status: 500, code: 'internal' })
  expect(error.message).not.toMatch(/database|sqlite/i)
  expect(server.log.join()).toMatch(/Request failed: .*\n\s+at /)
})

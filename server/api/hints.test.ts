import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Exercise } from './contract.ts'
import { dialects, startTestServer, type TestServer } from './test-server.ts'

const dayMs = 86_400_000

describe.each(dialects)('hints on %s', (dialect) => {
  let server: TestServer
  beforeEach(async () => {
    server = await startTestServer({ dialect })
  })
  afterEach(() => server.close())

  const exercise = async (id = 'sum-of-two'): Promise<Exercise> =>
    (await server.api.exercises[':id'].$get({ param: { id } })).json() as Promise<Exercise>
  const take = (step: unknown, id = 'sum-of-two') => server.post(`/api/exercises/${id}/hints`, { step })
  const taken = async (step: number): Promise<Exercise['hints']> => {
    const reply = await take(step)
    expect(reply.status).toBe(200)
    return reply.json()
  }
  const giveUp = () => server.post('/api/exercises/sum-of-two/give-up', {})

  test('an untouched exercise says how many there are and what the first costs, and shows none', async () => {
    expect((await exercise()).hints).toEqual({ steps: 3, takenHtml: [], cost: true })
    expect((await exercise('difference-of-two')).hints).toMatchObject({ steps: 0 })
  })

  test('steps come one at a time, stay shown, and cost only once', async () => {
    const first = await taken(1)
    expect(first).toEqual({ steps: 3, takenHtml: [expect.stringContaining('arguments')], cost: false })
    expect((await exercise()).hints).toEqual(first)
    expect(await taken(1)).toEqual(first)
    expect((await taken(2)).takenHtml).toHaveLength(2)
    expect((await taken(3)).takenHtml[2]).toContain('<code>a</code>')
  })

  test.each([
    ['a step whose predecessor was not taken', 2, 409, 'hint-not-next'],
    ['a step that does not exist', 4, 404, 'not-found'],
    ['no step', 'first', 400, 'invalid-request'],
  ])('%s is refused and takes nothing', async (_, step, status, code) => {
    const reply = await take(step)
    expect([reply.status, (await reply.json()).error.code]).toEqual([status, code])
    expect((await exercise()).hints.takenHtml).toEqual([])
  })

  test('once the solution may be seen all of them may, and they are gone when it is due again', async () => {
    await taken(1)
    expect((await exercise()).explanationHtml).toBeNull()
    await giveUp()
    const ended = await exercise()
    expect(ended.hints).toMatchObject({ takenHtml: { length: 3 }, cost: false })
    expect(ended.explanationHtml).toContain('<em>commutative</em>')
    expect(ended.explanationHtml).not.toContain('script')
    server.clock.now += dayMs
    expect(await exercise()).toMatchObject({ hints: { takenHtml: [], cost: true }, explanationHtml: null })
  })
})

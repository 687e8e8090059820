import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ErrorCode, Run } from './contract.ts'
import { dialects, startTestServer, type TestServer } from './test-server.ts'

const leaseMs = 30_000
const code = 'export const sumOfTwo = () => 5'
const line = { label: '2 + 3', kind: 'value' as const, text: '5', code: null, truncated: false }

describe.each(dialects)('runs over HTTP on %s', (dialect) => {
  let server: TestServer
  beforeEach(async () => {
    server = await startTestServer({ dialect })
  })
  afterEach(() => server.close())

  const start = async (body: object = {}) =>
    server.post('/api/runs', { exercise: 'sum-of-two', language: 'typescript', code, ...body })
  async function started(): Promise<string> {
    const reply = await start()
    expect(reply.status).toBe(202)
    return ((await reply.json()) as { id: string }).id
  }
  const get = async (id: string) => (await (await fetch(`${server.address}/api/runs/${id}`)).json()) as Run
  const codeOf = async (reply: Response) => ((await reply.json()) as { error: { code: ErrorCode } }).error.code

  test('what it shows comes as events, then the run itself', async () => {
    const id = await started()
    expect(await get(id)).toMatchObject({
      id,
      exercise: 'sum-of-two',
      code,
      status: 'queued',
      shown: [],
      inventory: [],
    })
    const events = fetch(`${server.address}/api/runs/${id}/events`)

    const { runs } = server.store
    const { fence } = (await runs.claim(server.clock.now, leaseMs, null)) ?? expect.fail()
    await runs.progress(id, fence, 'running', [{ type: 'status', status: 'running', step: null }])
    await runs.progress(id, fence, 'running', [
      { type: 'status', status: 'running', step: null },
      { type: 'shown', line },
    ])
    expect(await get(id)).toMatchObject({ status: 'running', shown: [line] })
    const rest = { output: 'hi', outputTruncated: false, engines: [], traffic: {} }
    const timings = { slotMs: 1, loadMs: 2, testsMs: 3, totalMs: 6 }
    await runs.finish(id, fence, { problem: null, shown: [line], inventory: [], timings, ...rest }, server.clock.now)

    const text = await (await events).text()
    const data = [...text.matchAll(/^data: (.*)$/gm)].map(([, json]) => JSON.parse(json ?? ''))
    expect(data.filter(({ type }) => type === 'shown')).toEqual([{ type: 'shown', line }])
    expect(data.at(-1)).toMatchObject({ type: 'final', run: { status: 'done', output: 'hi', shown: [line] } })
    const again = await fetch(`${server.address}/api/runs/${id}/events`, { headers: { 'Last-Event-ID': '3' } })
    expect(again.status).toBe(204)
  })

  test('a newer one replaces it, and cancelling ends it at once', async () => {
    const first = await started()
    const second = await started()
    expect((await get(first)).status).toBe('superseded')
    const cancelled = await server.post(`/api/runs/${second}/cancel`, {})
    expect(await cancelled.json()).toMatchObject({ id: second, status: 'cancelled' })
  })

  test('what cannot be run is refused with its reason', async () => {
    expect(await codeOf(await start({ exercise: 'nothing' }))).toBe('not-found')
    expect(await codeOf(await start({ exercise: 'difference-of-two' }))).toBe('invalid-request')
    expect(await codeOf(await start({ language: 'cobol' }))).toBe('invalid-request')
    expect(await codeOf(await start({ activeMs: 5 }))).toBe('invalid-request')
    const unknown = await fetch(`${server.address}/api/runs/${crypto.randomUUID()}`)
    expect(unknown.status).toBe(404)
  })

  test('the page is told what a run does, and where there is none', async () => {
    const sampleOf = async (id: string) =>
      ((await (await fetch(`${server.address}/api/exercises/${id}`)).json()) as { sample: string | null }).sample
    expect(await sampleOf('sum-of-two')).toContain("test('sample'")
    expect(await sampleOf('difference-of-two')).toBeNull()
  })

  test('it is no attempt and no submission', async () => {
    const id = await started()
    const listed = await (await fetch(`${server.address}/api/submissions`)).json()
    expect(listed).toEqual({ submissions: [] })
    expect((await fetch(`${server.address}/api/submissions/${id}`)).status).toBe(404)
  })
})

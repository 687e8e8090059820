import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Claim } from '../store/store.ts'
import type { Submission, SubmissionEvent } from './contract.ts'
import { dialects, startTestServer, type TestServer } from './test-server.ts'

type Sent = { id: string; event: SubmissionEvent }

describe.each(dialects)('on %s', (dialect) => {
  let server: TestServer
  beforeEach(async () => {
    server = await startTestServer({ dialect, queueLength: 2 })
  })
  afterEach(() => server.close())

  const code = 'export const sumOfTwo = (cfg: object, a: number, b: number) => a + b'
  async function submit(more: object = {}): Promise<string> {
    const reply = await server.post('/api/submissions', {
      exercise: 'sum-of-two',
      language: 'typescript',
      code,
      ...more,
    })
    expect(reply.status).toBe(202)
    return (await reply.json()).id
  }
  const read = async (id: string): Promise<Submission> =>
    (await server.api.submissions[':id'].$get({ param: { id } })).json() as Promise<Submission>

  /** The test stands in for the grading process: it holds the job and writes what one would write. */
  async function claim(): Promise<Claim> {
    const claimed = await server.store.submissions.claim(server.clock.now, 60_000, null)
    if (!claimed) throw new Error('nothing waits')
    return claimed
  }
  const append = ({ submission, fence }: Claim, event: object) =>
    server.store.submissions.appendEvents(submission.id, fence, [event])
  const passed = (name: string) => ({
    type: 'test-ended',
    test: { name, outcome: 'passed', message: null, hint: null, ms: 3 },
  })
  async function finish({ submission, fence }: Claim, verdict: 'accepted' | 'wrong-answer'): Promise<void> {
    const tests = [{ name: 'small_numbers', outcome: 'passed', message: null, hint: null, ms: 3 }]
    const result = {
      tests,
      output: 'printed',
      outputTruncated: false,
      error: null,
      timings: {},
      engines: [],
      traffic: {},
    }
    const outcome = {
      verdict,
      result,
      operatorLog: { secret: 'expected 42' },
      suiteHash: 'x',
      finishedAt: server.clock.now,
    }
    await server.store.submissions.finish(submission.id, fence, outcome)
  }

  /** Opens the stream and reads until it ends, or until `enough` events came. */
  async function events(
    id: string,
    { after, enough = 1_000 }: { after?: string; enough?: number } = {},
  ): Promise<Sent[]> {
    const abort = new AbortController()
    const reply = await fetch(`${server.address}/api/submissions/${id}/events`, {
      headers: after === undefined ? {} : { 'Last-Event-ID': after },
      signal: abort.signal,
    })
    expect(reply.headers.get('content-type')).toContain('text/event-stream')
    const sent: Sent[] = []
    let text = ''
    for await (const chunk of reply.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk
      const blocks = text.split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) {
        const data = /^data: (.*)$/m.exec(block)?.[1]
        if (data) sent.push({ id: /^id: (.*)$/m.exec(block)?.[1] ?? '', event: JSON.parse(data) })
      }
      if (sent.length >= enough) break
    }
    abort.abort()
    return sent
  }

  test('a submission waits, and reads back as it was sent', async () => {
    const id = await submit()
    expect(await read(id)).toMatchObject({
      id,
      exercise: 'sum-of-two',
      code,
      status: 'queued',
      verdict: null,
      tests: [],
      attempts: 0,
    })
    const list = await server.api.submissions.$get({ query: { exercise: 'sum-of-two' } })
    expect(await list.json()).toMatchObject({ submissions: [{ id, title: 'Add two numbers', status: 'queued' }] })
  })

  test('the same id twice is one submission, with other code it is refused', async () => {
    const id = randomUUID()
    expect(await submit({ id })).toBe(id)
    expect(await submit({ id })).toBe(id)
    const other = await server.post('/api/submissions', {
      id,
      exercise: 'sum-of-two',
      language: 'typescript',
      code: 'other',
    })
    expect(other.status).toBe(409)
    expect(await server.store.submissions.waiting()).toBe(1)
  })

  test('a repeated post is answered even when the queue is full by now', async () => {
    const id = await submit()
    await submit({ exercise: 'difference-of-two' })
    expect(await submit({ id })).toBe(id)
  })

  test('a newer one supersedes the one that waits, not the one under way', async () => {
    const underWay = await submit()
    await claim()
    const waiting = await submit()
    await submit()
    expect(await read(underWay)).toMatchObject({ status: 'preparing' })
    expect(await read(waiting)).toMatchObject({ status: 'superseded', verdict: null })
  })

  test('cancelling ends one that waits at once and tells the holder of one under way', async () => {
    const waiting = await submit()
    const cancel = async (id: string) => (await server.api.submissions[':id'].cancel.$post({ param: { id } })).json()
    expect(await cancel(waiting)).toMatchObject({ status: 'cancelled' })
    const underWay = await submit()
    const { fence } = await claim()
    expect(await cancel(underWay)).toMatchObject({ status: 'preparing' })
    expect(await server.store.submissions.heartbeat(underWay, fence, Date.now())).toEqual({ cancelled: true })
  })

  test('events: what is stored, then what happens, then the verdict, and the stream ends', async () => {
    const id = await submit()
    const claimed = await claim()
    await append(claimed, passed('small_numbers'))
    const reading = events(id)
    await events(id, { enough: 1 })
    await append(claimed, passed('negative_numbers'))
    await finish(claimed, 'accepted')
    const sent = await reading
    expect(sent.map(({ event }) => event.type)).toEqual(['test-ended', 'test-ended', 'final'])
    expect(sent.at(-1)?.event).toMatchObject({
      submission: { id, status: 'done', verdict: 'accepted', output: 'printed' },
    })
    expect(JSON.stringify(sent)).not.toContain('expected 42')
  })

  test('a reader that comes back hears each event once', async () => {
    const id = await submit()
    const claimed = await claim()
    for (const name of ['one', 'two', 'three']) await append(claimed, passed(name))
    const first = await events(id, { enough: 2 })
    await finish(claimed, 'wrong-answer')
    const second = await events(id, { after: first.at(-1)?.id })
    expect(new Set([...first, ...second].map((sent) => sent.id)).size).toBe(first.length + second.length)
    expect([...first, ...second].map(({ event }) => event.type)).toEqual([
      'test-ended',
      'test-ended',
      'test-ended',
      'final',
    ])
    const end = await fetch(`${server.address}/api/submissions/${id}/events`, {
      headers: { 'Last-Event-ID': second.at(-1)?.id ?? '' },
    })
    expect(end.status).toBe(204)
  })

  test('one that waits says so at once', async () => {
    const id = await submit()
    expect((await events(id, { enough: 1 }))[0]?.event).toEqual({ type: 'status', status: 'queued', step: null })
  })

  test('until it is final the tests so far are shown, and none from before it was graded again', async () => {
    const id = await submit()
    const claimed = await claim()
    await append(claimed, passed('small_numbers'))
    expect((await read(id)).tests).toHaveLength(1)
    await append(claimed, { type: 'restarted' })
    expect((await read(id)).tests).toHaveLength(0)
  })
})

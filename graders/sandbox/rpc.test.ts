import { type Duplex, duplexPair } from 'node:stream'
import { beforeEach, describe, expect, test } from 'vitest'
import { BadResult, ProtocolViolation, RemoteError, SandboxExit } from './errors.ts'
import { encodeFrame, FrameReader } from './frames.ts'
import { RpcSession } from './rpc.ts'

/** The other end of the wire in our hands, so that it can send what no runner of ours would. */
let peer: Duplex
let session: RpcSession
const received: Record<string, unknown>[] = []

const say = (frame: object) => peer.write(encodeFrame(frame))
const turn = () => new Promise((resolve) => setImmediate(resolve))
const next = async (t: string) => {
  for (let turns = 0; turns < 1_000; turns++, await turn()) {
    const index = received.findIndex((frame) => frame.t === t)
    if (index !== -1) return received.splice(index, 1)[0] as Record<string, unknown>
  }
  throw new Error(`no ${t} came`)
}
const load = () =>
  session.load({ code: '', language: 'typescript', functions: ['run'], clockSkewMs: 0, deadlineMs: 60_000 })
const loaded = async () => {
  say({ t: 'ready' })
  const loading = load()
  await next('load')
  say({ t: 'loaded' })
  await loading
}

beforeEach(() => {
  const [ours, theirs] = duplexPair()
  received.length = 0
  const frames = new FrameReader()
  peer = theirs
  peer.on('data', (chunk: Buffer) => received.push(...[...frames.read(chunk)].map((body) => JSON.parse(String(body)))))
  session = new RpcSession(ours)
})

describe('an honest runner', () => {
  test('answers calls in any order', async () => {
    await loaded()
    const calls = [session.call('run', [1], 'int'), session.call('run', [2], 'int')]
    const [first, second] = [await next('call'), await next('call')]
    say({ t: 'return', id: second.id, value: 20 })
    say({ t: 'return', id: first.id, value: 10 })
    expect(await Promise.all(calls)).toEqual([10, 20])
  })

  test('sends an error with code and data', async () => {
    await loaded()
    const call = session.call('run', [], 'int')
    const { id } = await next('call')
    const error = {
      name: 'Busy',
      message: 'try later',
      code: 'BUSY',
      data: { $: 'bigint', v: '7' },
      trace: 'run (solution.ts:1:2)',
    }
    say({ t: 'throw', id, error })
    const caught = await call.catch((reason: unknown) => reason)
    expect(caught).toBeInstanceOf(RemoteError)
    expect(caught).toMatchObject({ name: 'Busy', code: 'BUSY', data: 7n, trace: 'run (solution.ts:1:2)' })
  })

  test('can be told that its result does not fit without ending the session', async () => {
    await loaded()
    const call = session.call('run', [], 'int')
    say({ t: 'return', id: (await next('call')).id, value: 'x' })
    await expect(call).rejects.toThrow(BadResult)
    expect(session.violation).toBeNull()
  })

  test('calls a function of the test, and never reads a failed assertion', async () => {
    await loaded()
    const given = [() => 5n, () => expect('the expected value').toBe('another')]
    void session.call('run', given, 'none').catch(() => {})
    await next('call')
    say({ t: 'callback', id: 1, fn: 0, args: [] })
    say({ t: 'callback', id: 2, fn: 1, args: [] })
    expect(await next('callback-return')).toEqual({ t: 'callback-return', id: 1, value: { $: 'bigint', v: '5' } })
    expect(JSON.stringify(await next('callback-throw'))).not.toContain('expected value')
    expect(session.callbackFailures).toHaveLength(1)
  })

  test('gives a function of the test an object, and the test calls it', async () => {
    await loaded()
    const work = async (db: { query(sql: string): Promise<unknown> }) => [await db.query('select 1'), 'then' in db]
    void session.call('run', [work], 'none').catch(() => {})
    await next('call')
    say({ t: 'callback', id: 1, fn: 0, args: [{ $: 'handle', v: 3, methods: ['query', 'then'] }] })
    const { id, handle, method, args } = await next('call')
    expect({ handle, method, args }).toEqual({ handle: 3, method: 'query', args: ['select 1'] })
    say({ t: 'return', id, value: [{ one: 1 }] })
    expect(await next('callback-return')).toEqual({ t: 'callback-return', id: 1, value: [[{ one: 1 }], false] })
  })

  test('that hangs up ends every open call', async () => {
    await loaded()
    const call = session.call('run', [], 'int')
    peer.end()
    await expect(call).rejects.toThrow(SandboxExit)
    await session.closed
    await expect(session.call('run', [], 'int')).rejects.toThrow(SandboxExit)
  })

  test('that hangs up while loading has failed to load', async () => {
    say({ t: 'ready' })
    const loading = load()
    await next('load')
    peer.destroy()
    expect(await loading).toMatchObject({ outcome: 'runtime-error' })
  })

  test('is asked for a last word, and whoever says it twice or unasked is no runner', async () => {
    await loaded()
    const bye = session.bye(60_000)
    const { id } = await next('bye')
    say({ t: 'bye', id })
    expect(await bye).toBe(id)
    expect(session.violation).toBeNull()
    say({ t: 'bye', id })
    await session.closed
    expect(session.violation).toBe('a bye that nobody asked for')
  })
})

describe('a frame that no honest runner sends ends the session', () => {
  const after: [string, (openId: unknown) => object][] = [
    ['an answer to a call that was never made', () => ({ t: 'return', id: '0123456789abcdef', value: 1 })],
    ['ready twice', () => ({ t: 'ready' })],
    ['loaded twice', () => ({ t: 'loaded' })],
    ['an unknown type', () => ({ t: 'verdict', value: 'accepted' })],
    ['an unknown field', (id) => ({ t: 'return', id, value: 1, passed: true })],
    ['a field named __proto__', (id) => JSON.parse(`{"t":"return","id":"${id}","value":1,"__proto__":{"x":1}}`)],
    ['a return without a value', (id) => ({ t: 'return', id })],
    ['a callback that was never given', () => ({ t: 'callback', id: 1, fn: 9, args: [] })],
    ['a callback id that is no number', () => ({ t: 'callback', id: '1', fn: 0, args: [] })],
    [
      'an error whose code is a number',
      (id) => ({ t: 'throw', id, error: { name: '', message: '', code: 7, data: null, trace: '' } }),
    ],
    ['a malformed bigint', (id) => ({ t: 'return', id, value: { $: 'bigint', v: '1e9' } })],
    ['a tag of the other direction', (id) => ({ t: 'return', id, value: { $: 'callback', v: 0 } })],
    ['a tag with another field', (id) => ({ t: 'return', id, value: { $: 'bigint', v: '1', w: 1 } })],
    ['a frame that is a list', () => []],
  ]
  test.each(after)('%s', async (_name, frame) => {
    await loaded()
    const call = session.call('run', [() => 1], 'int')
    const { id } = await next('call')
    say(frame(id))
    await expect(call).rejects.toThrow(ProtocolViolation)
    expect(session.violation).not.toBeNull()
    await session.closed
  })

  test('an answer that comes twice', async () => {
    await loaded()
    const call = session.call('run', [], 'int')
    const { id } = await next('call')
    say({ t: 'return', id, value: 1 })
    say({ t: 'return', id, value: 2 })
    expect(await call).toBe(1)
    await session.closed
    expect(session.violation).toContain('not open')
  })

  test('anything before ready', async () => {
    say({ t: 'loaded' })
    await expect(session.ready).rejects.toThrow(ProtocolViolation)
  })

  test('a callback id used twice', async () => {
    await loaded()
    void session.call('run', [() => 1], 'int').catch(() => {})
    await next('call')
    say({ t: 'callback', id: 1, fn: 0, args: [] })
    say({ t: 'callback', id: 1, fn: 0, args: [] })
    await session.closed
    expect(session.violation).toContain('twice')
  })

  test('more callbacks than may wait', async () => {
    await loaded()
    void session.call('run', [() => new Promise(() => {})], 'int').catch(() => {})
    await next('call')
    for (let id = 1; id <= 1_001; id++) say({ t: 'callback', id, fn: 0, args: [] })
    await session.closed
    expect(session.violation).toContain('too many callbacks')
  })
})

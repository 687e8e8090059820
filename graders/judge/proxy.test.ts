import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { maxOpenConnections, openTcpProxy } from './proxy.ts'
import { createUntil } from './until.ts'

const until = createUntil(() => null)
let folder: string
let engine: Server
let arrived: Buffer[]
let engineSockets: Socket[]
let answer: (chunk: Buffer, socket: Socket) => void
const cleanUp: (() => unknown)[] = []

/** An engine that answers what it is told to; by default an echo. */
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'proxy-'))
  arrived = []
  engineSockets = []
  answer = (chunk, socket) => void socket.write(chunk)
  engine = createServer({ allowHalfOpen: true }, (socket) => {
    engineSockets.push(socket)
    socket.on('error', () => {})
    socket.on('end', () => socket.end())
    socket.on('data', (chunk: Buffer) => {
      arrived.push(chunk)
      answer(chunk, socket)
    })
  })
  await new Promise<void>((resolve) => engine.listen(join(folder, 'engine'), resolve))
})
afterEach(async () => {
  for (const one of cleanUp.splice(0)) await one()
  for (const socket of engineSockets) socket.destroy()
  engine.close()
  rmSync(folder, { recursive: true })
})

async function openProxy(watch?: Buffer) {
  const socket = join(folder, 'gate')
  const proxy = await openTcpProxy({ listenAt: { socket }, upstream: join(folder, 'engine'), protocol: 'redis', watch })
  cleanUp.push(() => proxy.close())
  return proxy
}

function dial(at: string | number = join(folder, 'gate')) {
  const socket = typeof at === 'number' ? connect(at, '127.0.0.1') : connect(at)
  cleanUp.push(() => socket.destroy())
  const seen = { text: '', ended: false, closed: false }
  socket.on('error', () => {})
  socket.on('data', (chunk: Buffer) => {
    seen.text += chunk
  })
  socket.on('end', () => {
    seen.ended = true
  })
  socket.on('close', () => {
    seen.closed = true
  })
  const says = async (text: string) => {
    socket.write(text)
    const want = seen.text.length + text.length
    await until(() => seen.text.length >= want, 2_000, `an answer to ${text}`)
  }
  return { socket, seen, says }
}

describe('the proxy of a stream', () => {
  test('relays both ways and counts connections, turns and bytes', async () => {
    const proxy = await openProxy()
    const one = dial()
    await one.says('hello')
    await one.says('again')
    const two = dial()
    await two.says('you')
    expect(one.seen.text).toBe('helloagain')
    expect(proxy).toMatchObject({
      connections: 2,
      openConnections: 2,
      maxOpenConnections: 2,
      turns: 3,
      bytesUp: 13,
      bytesDown: 13,
    })
    one.socket.end()
    await until(() => proxy.openConnections === 1, 1_000)
    proxy.reset()
    expect(proxy).toMatchObject({
      connections: 0,
      openConnections: 1,
      maxOpenConnections: 1,
      turns: 0,
      bytesUp: 0,
      bytesDown: 0,
    })
    expect(proxy.traffic()).toMatchObject({ connections: 2, roundTrips: 3, bytesUp: 13, bytesDown: 13 })
  })

  test('lets another user dial its socket, and listens on a port of 127.0.0.1 for an author', async () => {
    await openProxy()
    expect(statSync(join(folder, 'gate')).mode & 0o777).toBe(0o666)
    const local = await openTcpProxy({ listenAt: 'loopback', protocol: 'redis', upstream: join(folder, 'engine') })
    cleanUp.push(() => local.close())
    const { seen, says } = dial(local.port ?? 0)
    await says('hi')
    expect(seen.text).toBe('hi')
  })

  test('passes on the end of a side only after what it said', async () => {
    await openProxy()
    answer = (_, socket) => void socket.end('x'.repeat(500_000))
    const { socket, seen } = dial()
    socket.write('?')
    await until(() => seen.ended, 2_000)
    expect(seen.text.length).toBe(500_000)
  })

  test('delays every chunk and keeps their order when the delay changes', async () => {
    const proxy = await openProxy()
    proxy.delay(80)
    const { socket, seen, says } = dial()
    const started = performance.now()
    await says('slow')
    expect(performance.now() - started).toBeGreaterThanOrEqual(155)
    socket.write('first ')
    proxy.delay(0)
    setTimeout(() => socket.write('second'), 10)
    await until(() => seen.text.endsWith('second'), 2_000)
    expect(seen.text).toBe('slowfirst second')
  })

  test('swallows in a hole, also what was open before, and passes again when healed', async () => {
    const proxy = await openProxy()
    const before = dial()
    await before.says('a')
    proxy.hole(true)
    const during = dial()
    during.socket.write('lost')
    before.socket.write('lost')
    await until(() => proxy.bytesUp === 9, 1_000)
    proxy.hole(false)
    await before.says('b')
    expect(before.seen.text).toBe('ab')
    expect(during.seen).toEqual({ text: '', ended: false, closed: false })
    proxy.cut()
    await until(() => during.seen.closed && before.seen.closed, 1_000)
    expect(Buffer.concat(arrived).toString()).toBe('ab')
  })

  test('refuses new connections and leaves old ones', async () => {
    const proxy = await openProxy()
    const old = dial()
    await old.says('x')
    proxy.refuse(true)
    const fresh = dial()
    await until(() => fresh.seen.closed, 1_000)
    await old.says('y')
    proxy.reset()
    await dial().says('z')
    expect(proxy.connections).toBe(1)
  })

  test('drops the submission when the engine is gone', async () => {
    await openProxy()
    const { seen, says } = dial()
    await says('x')
    for (const socket of engineSockets) socket.destroy()
    await until(() => seen.closed, 1_000)
    engine.close()
    const late = dial()
    await until(() => late.seen.closed, 1_000)
  })

  test('counts a byte sequence in answers wherever the chunks were cut', async () => {
    const proxy = await openProxy(Buffer.from('C40P01\0'))
    const { says } = dial()
    await says('..C40P01\0..C40P01\0..C40P')
    await says('01\0')
    for (const byte of 'C40P01\0') await says(byte)
    await says('C40P02\0')
    expect(proxy.seen()).toBe(4)
    proxy.reset()
    expect(proxy.seen()).toBe(0)
  })
})

describe('a hostile client', () => {
  test('gets no more connections than the cap', async () => {
    const proxy = await openProxy()
    const clients = Array.from({ length: maxOpenConnections + 20 }, () => dial())
    await until(() => clients.filter((client) => client.seen.closed).length === 20, 3_000)
    expect(proxy.openConnections).toBe(maxOpenConnections)
  })

  test.each([0, 50])('that never reads is not read ahead of (delay %i ms)', async (delayMs) => {
    const proxy = await openProxy()
    const flood = Buffer.alloc(65_536)
    answer = (_, socket) => {
      const pour = () => {
        while (!socket.destroyed && socket.write(flood));
      }
      socket.on('drain', pour)
      pour()
    }
    proxy.delay(delayMs)
    const { socket } = dial()
    socket.pause()
    socket.write('give')
    await until(() => proxy.bytesDown > 0, 2_000)
    let last = -1
    await until(() => {
      const steady = proxy.bytesDown === last
      last = proxy.bytesDown
      return new Promise<boolean>((resolve) => setTimeout(() => resolve(steady), 150))
    }, 5_000)
    expect(proxy.bytesDown).toBeLessThan(8_000_000)
  })
})

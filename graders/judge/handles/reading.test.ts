import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { maxReadBytes, Reading, TooMuchLeft } from './reading.ts'

let folder: string
let server: Server
let path: string
/** Whoever connects gets so many bytes. */
let answerBytes = 0

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'r-'))
  path = join(folder, 's')
  server = createServer((socket) => {
    socket.on('error', () => {})
    socket.end(Buffer.alloc(answerBytes))
  })
  await new Promise<void>((listening) => server.listen(path, listening))
})
afterEach(() => {
  server.close()
  rmSync(folder, { recursive: true })
})

/** How a connection ends, and how many bytes its user has seen by then. */
const read = (reading: Reading) =>
  new Promise<{ bytes: number; error: Error | null }>((resolve) => {
    let bytes = 0
    let error: Error | null = null
    const socket: Socket = reading.socket().connect(path)
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length
    })
    socket.on('error', (thrown) => {
      error = thrown
    })
    socket.on('close', () => resolve({ bytes, error }))
  })

test('what all connections of a test receive together has a bound', async () => {
  const reading = new Reading()
  answerBytes = maxReadBytes / 2
  expect(await read(reading)).toEqual({ bytes: maxReadBytes / 2, error: null })
  expect(await read(reading)).toEqual({ bytes: maxReadBytes / 2, error: null })
  expect(reading.isOver).toBe(false)
  answerBytes = 1
  expect((await read(reading)).error).toBeInstanceOf(TooMuchLeft)
  expect(reading.isOver).toBe(true)
  expect((await read(reading)).error).toBeInstanceOf(TooMuchLeft)
  reading.renew()
  expect(await read(reading)).toEqual({ bytes: 1, error: null })
})

test('an answer without end is cut where the bound is, not when it is complete', async () => {
  answerBytes = maxReadBytes * 4
  const { bytes, error } = await read(new Reading())
  expect(error).toBeInstanceOf(TooMuchLeft)
  expect(bytes).toBeLessThan(maxReadBytes + 1_048_576)
})

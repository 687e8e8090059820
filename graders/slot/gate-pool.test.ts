import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdir, rm } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { remove } from '../engines/container.ts'
import { docker, imagesForTest } from '../engines/engine-fixture.ts'
import { type ImagesByName, imageOf } from '../engines/start.ts'
import type { Gate } from './gate.ts'
import { GatePool } from './gate-pool.ts'
import { labels } from './owner.ts'
import { Refills } from './refills.ts'
import { WarmMemory } from './warm-memory.ts'

const folder = join(tmpdir(), `drillbase-${randomBytes(3).toString('hex')}`)
let images: ImagesByName
let folders = 0
const pools: GatePool[] = []

beforeAll(async () => {
  images = await imagesForTest(['gate'])
  await mkdir(folder)
})
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()))
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20))
}

function newPool(keep = 1): GatePool {
  const shared = { refills: new Refills(), memory: new WarmMemory(1e9), onChange() {} }
  const pool = new GatePool(
    docker,
    () => images,
    () => join(folder, `${folders++}`),
    keep,
    shared,
  )
  pools.push(pool)
  return pool
}

/** Connects from inside, as a sandbox would, and stays. Resolves with its end once the judge's side has the connection. */
async function visitorOf(gate: Gate): Promise<() => Promise<void>> {
  const server = createServer((socket: Socket) => socket.on('error', () => {}))
  server.listen(gate.socketOf('redis'))
  await once(server, 'listening')
  await chmod(gate.socketOf('redis'), 0o666)
  const container = await docker.createContainer({
    Image: imageOf(images, 'gate').reference,
    Entrypoint: ['sh', '-c', 'sleep infinity | socat - TCP:127.0.0.1:6379'],
    Cmd: [],
    Labels: labels,
    HostConfig: { NetworkMode: `container:${gate.containerId}` },
  })
  const [[socket]] = await Promise.all([once(server, 'connection') as Promise<[Socket]>, container.start()])
  return async () => {
    await remove(docker, container.id)
    socket.destroy()
    server.close()
  }
}

test('one that is given back is used again, for the same engines only', async () => {
  const pool = newPool()
  const first = await pool.take(['redis'])
  await pool.giveBack(first)
  const other = await pool.take(['postgres'])
  expect(other.containerId).not.toBe(first.containerId)
  expect((await pool.take(['redis'])).containerId).toBe(first.containerId)
  await Promise.all([first.close(), other.close()])
})

test('one whose connections have ended is as good as new', async () => {
  const pool = newPool()
  const gate = await pool.take(['redis'])
  const leave = await visitorOf(gate)
  await leave()
  await pool.giveBack(gate)
  expect((await pool.take(['redis'])).containerId).toBe(gate.containerId)
  await gate.close()
})

test('one that still serves a connection is closed', async () => {
  const pool = newPool()
  const gate = await pool.take(['redis'])
  const leave = await visitorOf(gate)
  await pool.giveBack(gate)
  expect(await gate.isUp()).toBe(false)
  await leave()
})

test('one in which the kernel killed something for want of memory is closed', async () => {
  const pool = newPool()
  const gate = await pool.take(['redis'])
  const flood = await docker.getContainer(gate.containerId).exec({ Cmd: ['tail', '/dev/zero'] })
  await flood.start({ Detach: true })
  await until(async () => !(await flood.inspect()).Running)
  expect((await flood.inspect()).ExitCode).toBe(137)
  await pool.giveBack(gate)
  expect(await gate.isUp()).toBe(false)
})

test.each<[string, (gate: Gate) => Promise<unknown>]>([
  ['was killed', (gate) => docker.getContainer(gate.containerId).kill()],
  ['is frozen', (gate) => docker.getContainer(gate.containerId).pause()],
  ['lost its folder', (gate) => rm(join(gate.socketOf('redis'), '..'), { recursive: true })],
])('one that %s while it waited is not handed out', async (_, harm) => {
  const pool = newPool()
  const gate = await pool.take(['redis'])
  await pool.giveBack(gate)
  await harm(gate)
  const next = await pool.take(['redis'])
  expect(next.containerId).not.toBe(gate.containerId)
  expect(await next.isUp()).toBe(true)
  await next.close()
})

test('nothing is kept where nothing may be', async () => {
  const pool = newPool(0)
  const gate = await pool.take(['redis'])
  await pool.giveBack(gate)
  expect(await gate.isUp()).toBe(false)
})

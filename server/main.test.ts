import { randomUUID } from 'node:crypto'
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Health } from './api/contract.ts'
import { post, startProcess, type TestProcess, untilAnswer } from './test-process.ts'

// Each test starts whole processes, on machines that may have other things to do.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

let dataDir: string
let running: TestProcess[]
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'drillbase-main-'))
  running = []
})
afterEach(async () => {
  for (const { child, ended } of running) {
    child.kill('SIGKILL')
    await ended
  }
  await rm(dataDir, { recursive: true })
})

function start(environment: Record<string, string> = {}, wrapper?: string[]): TestProcess {
  const started = startProcess({ DATA_DIR: dataDir, WORKERS: '0', ...environment }, { wrapper })
  running.push(started)
  return started
}

const review = (item = 'card:90.1-c01') => ({
  id: randomUUID(),
  item,
  version: 0,
  rating: 'good',
  answeredAt: new Date().toISOString(),
  durationMs: 1_000,
})

test('one line says where the page is, which store is used and how much is in it', async () => {
  const first = start()
  await post(await first.address, '/api/reviews', review())
  first.child.kill('SIGTERM')
  expect(await first.ended).toBe(0)
  const second = start()
  await second.address
  expect(second.output()).toBe(
    `Drillbase 0.1.0 is at ${await second.address} (SQLite ${dataDir}/drillbase.sqlite: 1 reviews, 0 submissions)\n`,
  )
})

test('an answered review survives kill -9', async () => {
  const first = start()
  const address = await first.address
  const ids = Array.from({ length: 5 }, (_, n) => `card:90.1-c0${n + 1}`)
  for (const id of ids) expect((await post(address, '/api/reviews', review(id))).status).toBe(200)
  first.child.kill('SIGKILL')
  const second = start()
  const health = (await (await fetch(`${await second.address}/api/health`)).json()) as Health
  expect(health.store.reviews).toBe(5)
})

test('a taken port is an error that names another, and no other port is used', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => other.once('listening', resolve))
  const { port } = other.address() as AddressInfo
  const refused = start({ PORT: String(port) })
  expect(await refused.ended).toBe(1)
  expect(refused.output()).toBe(
    `Port ${port} is taken, perhaps by another Drillbase. Stop that program, or choose another port: PORT=${port + 1} npm start\n`,
  )
  other.close()
})

test('a data folder that cannot be written is an error of one line', async () => {
  await writeFile(join(dataDir, 'file'), '')
  const refused = start({ DATA_DIR: join(dataDir, 'file', 'data') })
  expect(await refused.ended).toBe(1)
  expect(refused.output()).toMatch(/^Cannot write to .*DATA_DIR.*\n$/)
})

test('HOST=0.0.0.0 is refused before anything is touched', async () => {
  const folder = join(dataDir, 'never')
  const refused = start({ HOST: '0.0.0.0', DATA_DIR: folder })
  expect(await refused.ended).toBe(1)
  expect(refused.output()).toMatch(/^HOST=0\.0\.0\.0 .*no accounts yet.*\n$/)
  await expect(access(folder)).rejects.toThrow()
})

test('a full disk is an error of its own, and what was acknowledged is there', async () => {
  // A disk of three megabytes that only this process sees.
  const onSmallDisk = ['unshare', '-rm', 'sh', '-c', `mount -t tmpfs -o size=3m none ${dataDir} && exec "$0" "$@"`]
  const server = start({ QUEUE_LENGTH: '1000' }, onSmallDisk)
  const address = await server.address
  const accepted: string[] = []
  let refused: Response | undefined
  while (!refused) {
    const reply = await post(address, '/api/submissions', {
      exercise: 'sum-of-two',
      language: 'python',
      code: 'x'.repeat(150_000),
    })
    if (reply.ok) accepted.push(((await reply.json()) as { id: string }).id)
    else refused = reply
  }
  expect(refused.status).toBe(507)
  expect(await refused.json()).toMatchObject({ error: { code: 'disk-full' } })
  expect(accepted.length).toBeGreaterThan(0)
  for (const id of accepted) expect((await fetch(`${address}/api/submissions/${id}`)).status).toBe(200)
})

test('without a container engine reviews go on, and submitting says what is missing', async () => {
  const server = start({ WORKERS: '1', DOCKER_HOST: 'unix:///nowhere/docker.sock', DRILLBASE_INSTALL: 'never' })
  const address = await server.address
  const health = await untilAnswer<Health>(address, '/api/health', ({ grader }) => grader.state === 'unavailable')
  expect(health.grader.message).toContain('/nowhere/docker.sock')
  expect((await post(address, '/api/reviews', review())).status).toBe(200)
  const refused = await post(address, '/api/submissions', { exercise: 'sum-of-two', language: 'python', code: 'x' })
  expect(refused.status).toBe(503)
  expect(await refused.json()).toMatchObject({
    error: { code: 'grader-unavailable', message: expect.stringContaining('/nowhere/docker.sock') },
  })
})

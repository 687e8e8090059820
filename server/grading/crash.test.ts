import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Docker from 'dockerode'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Health, Submission } from '../api/contract.ts'
import { makeDatabase } from '../test-database.ts'
import { post, startProcess, type TestProcess, untilAnswer } from '../test-process.ts'

const right = 'export const sumOfTwo = (cfg: object, a: number, b: number) => a + b'
/** Accepted, but slow enough to be killed in the midst of it. */
const slow =
  'export const sumOfTwo = async (cfg: object, a: number, b: number) => { await new Promise((r) => setTimeout(r, 3000)); return a + b }'

let dataDir: string
let running: TestProcess[]
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'drillbase-crash-'))
  running = []
})
afterEach(async () => {
  for (const { child, ended } of running) {
    child.kill('SIGTERM')
    await ended
  }
  await rm(dataDir, { recursive: true })
})

function start(environment: Record<string, string> = {}): TestProcess {
  const limits = { LEASE_MS: '4000', HEARTBEAT_MS: '500', WARM_ENGINES: '0', RETRY_BACKOFF_MS: '100' }
  const started = startProcess({ DATA_DIR: dataDir, ...limits, ...environment })
  running.push(started)
  return started
}
const ready = (address: string) => untilAnswer<Health>(address, '/api/health', ({ grader }) => grader.state === 'ready')

async function submit(address: string, code: string): Promise<string> {
  const reply = await post(address, '/api/submissions', { exercise: 'sum-of-two', language: 'typescript', code })
  expect(reply.status).toBe(202)
  return ((await reply.json()) as { id: string }).id
}
const final = (address: string, id: string) =>
  untilAnswer<Submission>(address, `/api/submissions/${id}`, ({ status }) =>
    ['done', 'dead', 'cancelled'].includes(status),
  )

async function reviewsOf(address: string): Promise<number> {
  const health = (await (await fetch(`${address}/api/health`)).json()) as Health
  return health.store.reviews
}

test('a submission that was accepted before kill -9 is graded once after the restart', async () => {
  const first = start({ WORKERS: '0' })
  const id = await submit(await first.address, right)
  first.child.kill('SIGKILL')
  await first.ended

  const second = start()
  const address = await second.address
  expect(await final(address, id)).toMatchObject({ verdict: 'accepted', attempts: 1 })
  expect(await reviewsOf(address)).toBe(1)
})

test('kill -9 in the midst of a grading: the worker goes too, the restart grades it, one rating', async () => {
  const first = start()
  await ready(await first.address)
  const id = await submit(await first.address, slow)
  await untilAnswer<Submission>(await first.address, `/api/submissions/${id}`, ({ status }) => status === 'running')
  first.child.kill('SIGKILL')
  // Its streams close only when the grading process, which shares them, has ended as well.
  await first.ended

  const second = start()
  const address = await second.address
  expect(await final(address, id)).toMatchObject({ verdict: 'accepted', attempts: 2 })
  expect(await reviewsOf(address)).toBe(1)
})

test('a grading process that dies is started again, and the job is graded after its lease ran out', async () => {
  const server = start()
  const address = await server.address
  await ready(address)
  const id = await submit(address, slow)
  await untilAnswer<Submission>(address, `/api/submissions/${id}`, ({ status }) => status === 'running')
  const [worker] = await childrenOf(server.child.pid)
  process.kill(Number(worker), 'SIGKILL')
  expect(await final(address, id)).toMatchObject({ verdict: 'accepted', attempts: 2 })
  expect(server.output()).toContain('Grading process ended (SIGKILL)')
})

test('SIGTERM ends both processes and leaves no container', async () => {
  const server = start()
  await ready(await server.address)
  const id = await submit(await server.address, right)
  await final(await server.address, id)
  const [worker] = await childrenOf(server.child.pid)
  server.child.kill('SIGTERM')
  expect(await server.ended).toBe(0)
  const containers = await new Docker().listContainers({ all: true, filters: { label: ['org.drillbase.owner'] } })
  expect(containers.filter(({ Labels }) => Labels['org.drillbase.owner']?.includes(`/${worker}/`))).toEqual([])
})

test('two grading processes on one PostgreSQL grade each submission once, without a word from the web process', async () => {
  const database = await makeDatabase()
  const onDatabase = { DATABASE_URL: database.url, WORKERS: '0' }
  const server = start(onDatabase)
  const address = await server.address
  const workers = [1, 2].map(() =>
    startProcess({ DATA_DIR: dataDir, ...onDatabase, WARM_ENGINES: '0' }, { program: 'worker' }),
  )
  running.push(...workers)
  const ids = [await submit(address, right)]
  const other = {
    exercise: 'difference-of-two',
    language: 'python',
    code: 'def difference_of_two(c, a, b):\n  return a - b',
  }
  ids.push(((await (await post(address, '/api/submissions', other)).json()) as { id: string }).id)
  for (const id of ids) expect(await final(address, id)).toMatchObject({ verdict: 'accepted', attempts: 1 })
  for (const { child, ended } of [...workers, server]) {
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
  }
  await database.drop()
})

async function childrenOf(pid: number | undefined): Promise<string[]> {
  return (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ')
}

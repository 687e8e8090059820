import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Docker from 'dockerode'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Health, Submission, SubmissionEvent } from '../api/contract.ts'
import { localLearner } from '../learning/learner.ts'
import { openStore } from '../store/open.ts'
import { addLearner } from '../store/test-learner.ts'
import { makeDatabase } from '../test-database.ts'
import { post, startProcess, type TestProcess, untilAnswer } from '../test-process.ts'
import { fill } from './test-disk.ts'

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

const limits = { LEASE_MS: '4000', HEARTBEAT_MS: '500', WARM_ENGINES: '0', RETRY_BACKOFF_MS: '100' }

function start(environment: Record<string, string> = {}): TestProcess {
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
  // Its streams close only when the grading process, which shares them, has ended as well; that gave its job back.
  await first.ended

  const second = start()
  const address = await second.address
  expect(await final(address, id)).toMatchObject({ verdict: 'accepted' })
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
  expect(await containersOf(Number(worker))).toEqual([])
})

test('two grading processes on one PostgreSQL share the work, grade each submission once and hear of a cancellation', async () => {
  const database = await makeDatabase()
  const place = { dataDir, databaseUrl: database.url }
  // Far apart, so that what is heard is heard through the store's own notices.
  const apart = { QUEUE_POLL_MS: '60000', HEARTBEAT_MS: '60000', LEASE_MS: '300000', GRADING_SLOTS: '1' }
  const onDatabase = { DATABASE_URL: database.url, WORKERS: '0', WARM_ENGINES: '0', ...apart }
  const server = start(onDatabase)
  const address = await server.address
  const store = await openStore(place)
  const workers = [1, 2].map(() => startProcess({ DATA_DIR: dataDir, ...onDatabase }, { program: 'worker' }))
  running.push(...workers)
  const { id: local } = await localLearner(store)
  const learners = [local, await addLearner(place, 'second'), await addLearner(place, 'third')]
  const ids: string[] = []
  for (const learnerId of learners) {
    const job = {
      id: randomUUID(),
      learnerId,
      exerciseId: 'sum-of-two',
      language: 'typescript',
      activeMs: null,
    } as const
    await store.submissions.create({ ...job, code: slow, seed: 'seed', createdAt: Date.now() })
    ids.push(job.id)
  }
  const statuses = async () => Promise.all(ids.map(async (id) => (await store.submissions.get(id))?.status))
  await untilTrue(async () => (await statuses()).filter((status) => status === 'running').length === 2)
  for (const id of ids) await untilTrue(async () => (await store.submissions.get(id))?.status === 'done')
  for (const id of ids) expect(await store.submissions.get(id)).toMatchObject({ verdict: 'accepted', attempts: 1 })

  const id = await submit(address, 'export const sumOfTwo = () => new Promise(() => {})')
  await untilTrue(async () => (await store.submissions.get(id))?.status === 'running')
  await post(address, `/api/submissions/${id}/cancel`)
  expect(await final(address, id)).toMatchObject({ status: 'cancelled', verdict: null })
  await store.close()
  for (const { child, ended } of [...workers, server]) {
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
  }
  await database.drop()
})

test('on a full disk a verdict waits for room, and then it is there', async () => {
  // A disk that only these processes see; the rest of it is taken once the submission runs.
  const ballast = join(dataDir, 'ballast')
  const onSmallDisk = ['unshare', '-rm', 'sh', '-c', `mount -t tmpfs -o size=3m none ${dataDir} && exec "$0" "$@"`]
  const server = startProcess({ DATA_DIR: dataDir, ...limits }, { wrapper: onSmallDisk })
  running.push(server)
  const address = await server.address
  await ready(address)
  const inside = `/proc/${server.child.pid}/root${ballast}`
  const id = await submit(address, slow)
  await untilTrue(async () => (await row(address, id)).status === 'running')
  await fill(inside)
  const other = { exercise: 'difference-of-two', language: 'python', code: 'x'.repeat(100_000) }
  expect((await post(address, '/api/submissions', other)).status).toBe(507)
  await untilTrue(
    async () =>
      !['running', 'preparing'].includes((await row(address, id)).status) || server.output().includes('is full'),
  )
  await rm(inside)
  expect(await final(address, id)).toMatchObject({ status: 'done', verdict: 'accepted' })
})

const row = async (address: string, id: string) =>
  (await (await fetch(`${address}/api/submissions/${id}`)).json()) as Submission

/** The test's own deadline ends the wait. */
async function untilTrue(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 50))
}

describe('kill -9 of the grading process at every stage of a job', () => {
  let folder: string
  let server: TestProcess
  let address: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'drillbase-stages-'))
    server = startProcess({ DATA_DIR: folder, ...limits })
    address = await server.address
    await ready(address)
  })
  afterAll(async () => {
    server.child.kill('SIGTERM')
    await server.ended
    await rm(folder, { recursive: true })
  })
  const workerOf = async () => Number((await childrenOf(server.child.pid))[0])

  const count = (events: SubmissionEvent[], type: SubmissionEvent['type']) =>
    events.filter((event) => event.type === type).length
  const isAt = (events: SubmissionEvent[], stage: Submission['status']) =>
    events.some((event) => event.type === 'status' && event.status === stage)

  test.each<[string, (events: SubmissionEvent[]) => boolean]>([
    ['preparing', (events) => isAt(events, 'preparing')],
    ['running', (events) => isAt(events, 'running')],
    ['loaded', (events) => count(events, 'loaded') > 0],
    ['in the first test', (events) => count(events, 'test-started') > 0],
    ['between two tests', (events) => count(events, 'test-ended') > 0],
    ['finishing', (events) => count(events, 'test-ended') > 1],
  ])('%s: one verdict, the right one, and no container of the dead', async (_, isStage) => {
    await ready(address)
    const [rightId, wrongId] = [await submit(address, right), randomUUID()]
    const worker = await workerOf()
    await untilEvents(address, rightId, isStage)
    // A wrong one waits meanwhile: it must not profit from the confusion.
    const other = {
      exercise: 'difference-of-two',
      language: 'python',
      code: 'def difference_of_two(c, a, b):\n  return a',
    }
    await post(address, '/api/submissions', { id: wrongId, ...other })
    process.kill(worker, 'SIGKILL')
    expect(await final(address, rightId)).toMatchObject({ status: 'done', verdict: 'accepted' })
    expect(await final(address, wrongId)).toMatchObject({ status: 'done', verdict: 'wrong-answer' })
    expect(await workerOf()).not.toBe(worker)
    expect(await containersOf(worker)).toEqual([])
  })

  test('and of the judge alone: graded again, nobody else notices', async () => {
    await ready(address)
    const id = await submit(address, slow)
    await untilEvents(address, id, (events) => count(events, 'test-started') > 0)
    const worker = await workerOf()
    for (const pid of await childrenOf(worker))
      if ((await readFile(`/proc/${pid}/cmdline`, 'utf8')).includes('judge.ts')) process.kill(Number(pid), 'SIGKILL')
    expect(await final(address, id)).toMatchObject({ status: 'done', verdict: 'accepted', attempts: 2 })
    expect(await workerOf()).toBe(worker)
  })
})

/** Reads the stream until what came is enough, or the final event came. */
async function untilEvents(
  address: string,
  id: string,
  areEnough: (events: SubmissionEvent[]) => boolean,
): Promise<void> {
  const abort = new AbortController()
  const reply = await fetch(`${address}/api/submissions/${id}/events`, { signal: abort.signal })
  let text = ''
  for await (const chunk of reply.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk
    const events = [...text.matchAll(/^data: (.*)$/gm)].map(([, data = '']) => JSON.parse(data) as SubmissionEvent)
    if (areEnough(events) || events.some(({ type }) => type === 'final')) break
  }
  abort.abort()
}

async function containersOf(worker: number): Promise<string[]> {
  const filters = { label: ['org.drillbase.owner'] }
  const containers = await new Docker().listContainers({ all: true, filters })
  return containers.flatMap(({ Labels, Image }) =>
    Labels['org.drillbase.owner']?.includes(`/${worker}/`) ? [Image] : [],
  )
}

async function childrenOf(pid: number | undefined): Promise<string[]> {
  return (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ')
}

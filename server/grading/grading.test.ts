import { randomUUID } from 'node:crypto'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import Docker from 'dockerode'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { createGraders, type Graders } from '../../graders/grade.ts'
import { type Catalog, openCatalog } from '../content/catalog.ts'
import { localLearner } from '../learning/learner.ts'
import { openStore } from '../store/open.ts'
import type { Store, SubmissionRow } from '../store/store.ts'
import { addLearner } from '../store/test-learner.ts'
import { type GradingQueue, startQueue } from './queue.ts'
import type { StoredResult, StoredSubmissionEvent } from './result.ts'

const fixture = join(import.meta.dirname, '..', 'content', 'fixtures', 'course')
const right = 'export const sumOfTwo = (cfg: object, a: number, b: number) => a + b'
const wrong = 'export const sumOfTwo = (cfg: object, a: number, b: number) => a - b'
const endless = 'export const sumOfTwo = () => new Promise(() => {})'

let graders: Graders
beforeAll(async () => {
  const runFolder = join(tmpdir(), `drillbase-${userInfo().uid}`)
  graders = createGraders({ runFolder, maxSlots: 2, warmEngines: 0, warmSandboxes: 1 }, new Docker())
  await graders.prepare()
  expect(graders.health().state).toBe('ready')
})
afterAll(() => graders.close())

let folder: string
let store: Store
let catalog: Catalog
let queue: GradingQueue | undefined
let learnerId: string
let log: string[]
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drillbase-grading-'))
  await cp(fixture, join(folder, 'course'), { recursive: true })
  store = await openStore({ dataDir: join(folder, 'data') })
  log = []
  await openCourse()
  learnerId = (await localLearner(store)).id
})
afterEach(async () => {
  await queue?.drain(0)
  queue = undefined
  catalog.close()
  await store.close()
  await rm(folder, { recursive: true })
})

async function openCourse(): Promise<void> {
  catalog = await openCatalog(
    [join(folder, 'course')],
    ({ items }) => store.items.sync([...items.values()].map(({ id, kind, section }) => ({ id, kind, section }))),
    (line) => log.push(line),
  )
}

function grading({ attempts = 3 } = {}): void {
  const room = {
    store,
    catalog,
    graders,
    attempts,
    retryBackoffMs: 10,
    told() {},
    log: (line: string) => void log.push(line),
    ending: new AbortController().signal,
  }
  queue = startQueue(room, { slots: 2, leaseMs: 5_000, heartbeatMs: 500, pollMs: 50 })
}

async function submit(code: string, more: Partial<SubmissionRow> = {}): Promise<string> {
  const { submission } = await store.submissions.create({
    id: randomUUID(),
    learnerId,
    exerciseId: 'sum-of-two',
    language: 'typescript',
    code,
    activeMs: 90_000,
    seed: 'seed',
    createdAt: Date.now(),
    ...more,
  })
  queue?.wake()
  return submission.id
}

async function until(id: string, condition: (row: SubmissionRow) => boolean): Promise<SubmissionRow> {
  for (;;) {
    const row = await store.submissions.get(id)
    if (row && condition(row)) return row
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
const final = (id: string) => until(id, ({ finishedAt }) => finishedAt !== null)
const eventTypes = async (id: string) =>
  (await store.submissions.events(id, 0)).map(({ data }) => (data as StoredSubmissionEvent).type)

test('an accepted submission has its verdict, its tests as events, and a rating of Good', async () => {
  grading()
  const id = await submit(right)
  const row = await final(id)
  expect(row).toMatchObject({ status: 'done', verdict: 'accepted', attempts: 1 })
  expect((row.result as StoredResult).tests.map(({ name, outcome }) => [name, outcome])).toEqual([
    ['small_numbers', 'passed'],
    ['negative_numbers', 'passed'],
  ])
  expect((await eventTypes(id)).filter((type) => type === 'test-ended')).toHaveLength(2)
  expect(await store.reviews.bySubmission(id)).toMatchObject({ rating: 'good', origin: 'grading', durationMs: 90_000 })
})

test('a failed one has hints and no expected value, and changes no schedule', async () => {
  grading()
  const row = await final(await submit(wrong))
  expect(row.verdict).toBe('wrong-answer')
  const { tests } = row.result as StoredResult
  expect(tests[0]).toMatchObject({ outcome: 'failed', hint: 'Start with two small numbers on paper.' })
  expect(JSON.stringify(row.result)).not.toMatch(/expected/i)
  expect(JSON.stringify(row.operatorLog)).toMatch(/expected/i)
  expect(await store.items.states(learnerId)).toEqual([])
})

test('accepted after a failure is Hard; what follows is practice', async () => {
  grading()
  await final(await submit(wrong))
  const accepted = await submit(right)
  await final(accepted)
  expect((await store.reviews.bySubmission(accepted))?.rating).toBe('hard')
  const again = await submit(right)
  expect(await final(again)).toMatchObject({ verdict: 'accepted' })
  expect(await store.reviews.bySubmission(again)).toBeNull()
})

test('well under the expected minutes is Easy, and without a measurement Good', async () => {
  grading()
  const fast = await submit(right, { activeMs: 30_000 })
  await final(fast)
  expect((await store.reviews.bySubmission(fast))?.rating).toBe('easy')
  await store.reviews.undo(learnerId)
  const unmeasured = await submit(right, { activeMs: null })
  await final(unmeasured)
  expect((await store.reviews.bySubmission(unmeasured))?.rating).toBe('good')
})

test('a suite of ours that breaks is graded again, then buried with what an operator needs', async () => {
  const suite = join(folder, 'course/90/90.1/sum-of-two/hidden.test.ts')
  await writeFile(suite, (await readFile(suite, 'utf8')).replaceAll('expect(', 'undefined_name('))
  catalog.close()
  await openCourse()
  grading({ attempts: 2 })
  const id = await submit(right)
  expect(await final(id)).toMatchObject({ status: 'dead', verdict: 'internal-error', attempts: 2, result: null })
  expect(await eventTypes(id)).toContain('restarted')
  expect(JSON.stringify((await store.submissions.get(id))?.operatorLog)).toContain('undefined_name')
  expect(await store.items.states(learnerId)).toEqual([])
})

test('an exercise that is gone is buried at once', async () => {
  const id = await submit(right, { exerciseId: 'difference-of-two' })
  await rm(join(folder, 'course/90/90.2'), { recursive: true })
  catalog.close()
  await openCourse()
  grading()
  expect(await final(id)).toMatchObject({ status: 'dead', attempts: 1 })
})

test.each(['preparing', 'running'] as const)(
  'cancelled while %s, it ends soon and without a verdict',
  async (stage) => {
    grading()
    const id = await submit(endless)
    await until(id, ({ status }) => status === stage || status === 'running')
    await store.submissions.cancel(id, learnerId, Date.now())
    queue?.wake()
    expect(await final(id)).toMatchObject({ status: 'cancelled', verdict: null })
  },
)

test('draining gives back what is under way, and another worker takes it up', async () => {
  grading()
  const id = await submit(endless)
  await until(id, ({ status }) => status === 'running')
  await queue?.drain(0)
  expect(await store.submissions.get(id)).toMatchObject({ status: 'queued', verdict: null })
  grading()
  // An end of ours is no attempt: five restarts of a server would otherwise bury what they interrupt.
  expect(await until(id, ({ status }) => status === 'running')).toMatchObject({ attempts: 1 })
  expect(await eventTypes(id)).toContain('restarted')
})

test('two are graded at once, and many waiting ones each once', async () => {
  const other = await addLearner({ dataDir: join(folder, 'data') }, 'other')
  const ids = [await submit(right), await submit(wrong, { exerciseId: 'difference-of-two', learnerId: other })]
  grading()
  const rows = await Promise.all(ids.map(final))
  expect(rows.map(({ attempts }) => attempts)).toEqual([1, 1])
  expect(rows.map(({ verdict }) => verdict)).toEqual(['accepted', 'compile-error'])
})

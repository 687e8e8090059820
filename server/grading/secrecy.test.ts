import { randomUUID } from 'node:crypto'
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import Docker from 'dockerode'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createGraders, type Graders } from '../../graders/grade.ts'
import { startTestServer, type TestServer } from '../api/test-server.ts'
import { type Catalog, openCatalog } from '../content/catalog.ts'
import { type GradingQueue, startQueue } from './queue.ts'

/**
 * Nothing hidden gets out before the exercise is solved: every text that must stay hidden carries a mark, submissions fail in
 * every way there is, and every answer and event that a learner can ask for is searched for marks.
 */

const mark = 'MARKED'
const fixture = join(import.meta.dirname, '..', 'content', 'fixtures', 'course')
const suite = `
import { submission } from 'drillbase/kit'
import { expect, test } from 'vitest'
const wanted = 'MARKED-EXPECTED' // MARKED-SOURCE
test('small_numbers', async () => {
  expect(String(await submission.call('sumOfTwo', {}, 1, 2)), 'MARKED-MESSAGE').toBe(wanted.length === 15 ? '3' : wanted)
})
test('negative_numbers', async () => {
  const sum = await submission.call('sumOfTwo', {}, 1, 2)
  if (sum !== 3) throw Object.assign(new Error('MARKED-THROWN'), { expected: wanted, cause: new Error('MARKED-CAUSE') })
  await expect(submission.call('sumOfTwo', {}, 1, 2), 'MARKED-REASON').resolves.toSatisfy((it) => it === 3, 'MARKED-SATISFY')
})
`

let folder: string
let graders: Graders
let server: TestServer
let catalog: Catalog
let queue: GradingQueue
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drillbase-hidden-'))
  await cp(fixture, folder, { recursive: true })
  const exercise = join(folder, '90/90.1/sum-of-two')
  await writeFile(join(exercise, 'hidden.test.ts'), suite)
  await writeFile(join(exercise, 'explanation.md'), 'MARKED-EXPLANATION')
  for (const part of ['reference', 'wrong'])
    for (const name of await readdir(join(exercise, part)))
      await writeFile(join(exercise, part, name), `${await comment(join(exercise, part, name))}`)
  const yaml = await readFile(join(exercise, 'exercise.yaml'), 'utf8')
  await writeFile(
    join(exercise, 'exercise.yaml'),
    yaml
      .replace('Adds the absolute values', 'MARKED-MISTAKE adds the absolute values')
      .replace('One operator does it', 'MARKED-HINT one operator does it')
      .replace('Return what that operator', 'MARKED-HINT return what that operator'),
  )

  const runFolder = join(tmpdir(), `drillbase-${userInfo().uid}`)
  graders = createGraders({ runFolder, maxSlots: 2, warmEngines: 0, warmSandboxes: 0 }, new Docker())
  await graders.prepare()
  server = await startTestServer({ content: folder, queueLength: 50 })
  catalog = await openCatalog(
    [folder],
    async () => {},
    () => {},
  )
  const room = {
    catalog,
    graders,
    attempts: 1,
    retryBackoffMs: 10,
    told() {},
    log() {},
    ending: new AbortController().signal,
  }
  queue = startQueue({ ...room, store: server.store }, { slots: 2, leaseMs: 60_000, heartbeatMs: 500, pollMs: 50 })
})
afterAll(async () => {
  await queue.drain(0)
  await graders.close()
  catalog.close()
  await server.close()
  await rm(folder, { recursive: true })
})

/** The same program with a mark in it. */
const comment = async (file: string) => {
  const code = await readFile(file, 'utf8')
  return file.endsWith('.py') ? `# MARKED-SOLUTION\n${code}` : `// MARKED-SOLUTION\n${code}`
}

const typescript = (body: string) => ['typescript', `export const sumOfTwo = ${body}`] as const
const python = (body: string) => ['python', `def sum_of_two(cfg, a, b):\n    ${body}\n`] as const
const failures = [
  typescript('(cfg, a, b) => a - b'),
  typescript('() => "three"'),
  typescript('() => { throw Object.assign(new Error("own"), { code: "OWN" }) }'),
  typescript('() => process.exit(0)'),
  typescript('(cfg, a, b) => { console.log(a, b, new Error().stack); return { a } }'),
  ['typescript', 'export enum E {}'],
  python('return a - b'),
  python('raise ValueError("own") from KeyError("other")'),
  python('import sys, traceback; traceback.print_stack(file=sys.stdout); return None'),
  ['python', 'def sum_of_two(:'],
] as const

/** Sends it and waits for its end. A run is the learner's own try, without hidden tests. */
async function graded([language, code]: readonly [string, string], as: 'submissions' | 'runs' = 'submissions') {
  const reply = await server.post(`/api/${as}`, { exercise: 'sum-of-two', language, code })
  const { id } = (await reply.json()) as { id: string }
  queue.wake()
  while ((await server.store[as].get(id))?.finishedAt == null) await new Promise((resolve) => setTimeout(resolve, 20))
  return id
}

/** Every answer to a GET that the interface describes, for every id there is, and every stream of events to its end. */
async function everything(submissions: string[]): Promise<{ path: string; text: string }[]> {
  const document = await (await fetch(`${server.address}/api/openapi.json`)).json()
  const ids = [...submissions, 'sum-of-two', 'difference-of-two', '90.1', '90.2']
  const paths = Object.entries(document.paths as Record<string, object>)
    .filter(([, methods]) => 'get' in methods)
    .flatMap(([path]) => (path.includes('{') ? ids.map((id) => path.replace(/\{\w+\}/, id)) : [path]))
  return Promise.all(
    ['/api/openapi.json', ...paths].map(async (path) => ({
      path,
      text: await (await fetch(server.address + path, { signal: AbortSignal.timeout(30_000) })).text(),
    })),
  )
}

test('no answer and no event holds a hidden text before the exercise is solved', async () => {
  const submissions: string[] = []
  for (const failure of failures) submissions.push(await graded(failure))
  const runs: string[] = []
  for (const failure of failures) runs.push(await graded(failure, 'runs'))
  const answers = await everything([...submissions, ...runs])
  expect(answers.length).toBeGreaterThan(60)
  // The search would find something: these are the verdicts, and these the hints of failed tests.
  const texts = answers.map(({ text }) => text).join('\n')
  for (const shown of ['wrong-answer', 'compile-error', 'Start with two small numbers', '[OWN]: own', 'test-ended'])
    expect(texts).toContain(shown)
  expect(answers.filter(({ text }) => text.includes(mark)).map(({ path }) => path)).toEqual([])

  const exercise = '/api/exercises/sum-of-two'
  const posts: [string, object][] = [
    [`${exercise}/hints`, { step: 1 }],
    [`${exercise}/hints`, { step: 3 }],
    ['/api/reviews/undo', {}],
    ['/api/submissions', { exercise: 'sum-of-two', language: 'cobol', code: mark.toLowerCase() }],
    ...submissions.flatMap((id): [string, object][] => [
      [`/api/submissions/${id}/cancel`, {}],
      [`/api/submissions/${id}/rating`, { id: randomUUID(), rating: 'easy' }],
    ]),
  ]
  for (const [path, body] of posts) expect(await (await server.post(path, body)).text(), path).not.toContain(mark)
  // What the operator may see does hold them, and is not among the answers above.
  const rows = await Promise.all(submissions.map((id) => server.store.submissions.get(id)))
  expect(JSON.stringify(rows.map((row) => row?.operatorLog))).toContain('MARKED-MESSAGE')
})

test('once it is solved its solution, tests and explanation are shown, and its other submissions stay as they were', async () => {
  const id = await graded(typescript('(cfg, a, b) => a + b'))
  expect((await server.store.submissions.get(id))?.verdict).toBe('accepted')
  const answers = await everything([id])
  const found = answers.filter(({ text }) => text.includes(mark)).map(({ path }) => path)
  expect(found).toEqual(['/api/exercises/sum-of-two'])
  const { text } = answers.find(({ path }) => path === '/api/exercises/sum-of-two') ?? expect.fail()
  for (const shown of ['MARKED-SOLUTION', 'MARKED-SOURCE', 'MARKED-EXPLANATION', 'MARKED-HINT'])
    expect(text).toContain(shown)
  expect(text).not.toContain('MARKED-MISTAKE')
})

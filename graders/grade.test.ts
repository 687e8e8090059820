import { randomBytes } from 'node:crypto'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Docker from 'dockerode'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { exercise as exerciseSchema, type Language } from './exercise.ts'
import { createGraders, type GradeEvent, type GradeJob, type Graders } from './grade.ts'
import { owner, ownerLabel } from './slot/owner.ts'

const docker = new Docker()
const runFolder = join(tmpdir(), `drillbase-${randomBytes(3).toString('hex')}`)
let graders: Graders

beforeAll(async () => {
  graders = createGraders({ runFolder, maxSlots: 2, warmEngines: 1, warmSandboxes: 1 }, docker)
  await graders.prepare()
})
afterAll(async () => {
  await graders.close()
  expect(await ourContainers()).toEqual([])
})

const ourContainers = async () =>
  (
    await docker.listContainers({
      all: true,
      filters: { label: [`${ownerLabel}=${owner}`] },
    })
  ).map(({ Image }) => Image)

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20))
}

function jobFor(folder: string, language: Language, code: string): GradeJob {
  const exercise = exerciseSchema.parse(parse(readFileSync(join(folder, 'exercise.yaml'), 'utf8')))
  return {
    folder,
    exercise,
    language,
    code,
    seed: randomBytes(4).toString('hex'),
  }
}
const counter = (language: Language, code: string) =>
  jobFor(fileURLToPath(new URL('./slot/fixtures/counter', import.meta.url)), language, code)
const adder = (code: string) =>
  jobFor(fileURLToPath(new URL('./judge/fixtures/adder', import.meta.url)), 'typescript', code)

const endless = 'const f = async () => { for (;;) {} }; export { f as addAll, f as describeTotal, f as countTo }'
const visitInTypescript = `
import pg from 'pg'
export async function visit(cfg: { pg: pg.ClientConfig }, page: string): Promise<number> {
  const client = new pg.Client(cfg.pg)
  await client.connect()
  try {
    const { rows } = await client.query(
      'insert into visits values ($1, 1) on conflict (page) do update set n = visits.n + 1 returning n', [page])
    console.log('visited')
    return rows[0].n
  } finally {
    await client.end()
  }
}`
const visitInPython = `
import psycopg2

def visit(cfg, page):
    pg = cfg["pg"]
    with psycopg2.connect(host=pg["host"], port=pg["port"], user=pg["user"], password=pg["password"], dbname=pg["database"]) as c:
        with c.cursor() as cur:
            cur.execute("insert into visits values (%s, 1) on conflict (page) do update set n = visits.n + 1 returning n", (page,))
            return cur.fetchone()[0]
`

test('images are reported and every exercise can be graded', () => {
  const { state, engines, images } = graders.health()
  expect(state).toBe('ready')
  expect(engines.postgres).toMatchObject({
    state: 'ready',
    version: expect.stringMatching(/^PostgreSQL 17/),
  })
  expect(images).toHaveLength(7)
})

test('a right answer is accepted, with its output, its traffic and the engine that graded it', async () => {
  const events: GradeEvent[] = []
  const result = await graders.grade(counter('typescript', visitInTypescript), (event) => events.push(event))
  expect(result.incident).toBeNull()
  expect(result).toMatchObject({ verdict: 'accepted', error: null })
  expect(result.tests.map(({ outcome }) => outcome)).toEqual(['passed', 'passed', 'passed'])
  expect(result.output.text).toContain('visited')
  expect(result.traffic.postgres?.connections).toBeGreaterThan(3)
  expect(result.engines).toEqual([
    {
      kind: 'postgres',
      product: expect.stringContaining('PostgreSQL'),
      reference: expect.any(String),
    },
  ])
  expect(events.map(({ type }) => type)).toEqual(
    expect.arrayContaining(['preparing', 'running', 'loaded', 'test-started', 'test-ended']),
  )
})

test('the same suite grades Python, on the same engine as before', async () => {
  expect(await graders.grade(counter('python', visitInPython), () => {})).toMatchObject({
    verdict: 'accepted',
    incident: null,
  })
})

test('a wrong answer fails its tests and nothing else', async () => {
  const wrong = visitInTypescript.replace('visits.n + 1', 'visits.n + 2')
  const { verdict, tests, incident } = await graders.grade(counter('typescript', wrong), () => {})
  expect({ verdict, incident }).toEqual({ verdict: 'wrong-answer', incident: null })
  expect(tests.every(({ cause }) => cause === 'assertion')).toBe(true)
})

test.each([
  ['compile-error', 'export enum E { A }'],
  ['compile-error', 'export const other = 1'],
  ['runtime-error', 'throw new Error("at import")'],
  ['runtime-error', 'export async function visit() { process.exit(0) }'],
  ['time-limit', 'export async function visit() { for (;;) {} }'],
  ['memory-limit', 'export async function visit() { const kept = []; for (;;) kept.push(Buffer.alloc(1 << 20, 1)) }'],
  [
    'output-limit',
    'export async function visit() { for (;;) await new Promise((written) => process.stdout.write("x".repeat(65536), written)) }',
  ],
])('gives %s to: %s', async (verdict, code) => {
  const result = await graders.grade(counter('typescript', code), () => {})
  expect(result.verdict, result.incident ?? '').toBe(verdict)
})

test('many at once all get their verdict, never in more slots than there are', async () => {
  const jobs = Array.from({ length: 5 }, () => graders.grade(counter('typescript', visitInTypescript), () => {}))
  for (const { verdict, incident } of await Promise.all(jobs))
    expect({ verdict, incident }).toEqual({
      verdict: 'accepted',
      incident: null,
    })
})

test('tests that end while a process still starts or the engine restarts leave nothing and blame nobody else', async () => {
  const job = counter('typescript', visitInTypescript)
  const exercise = { ...job.exercise, limits: { ...job.exercise.limits, testMs: 150 } }
  // Without its reference solution, which could not keep to such a limit either.
  const folder = mkdtempSync(join(tmpdir(), 'drillbase-suite-'))
  cpSync(join(job.folder, 'hidden.test.ts'), join(folder, 'hidden.test.ts'))
  try {
    const { verdict, incident } = await graders.grade({ ...job, folder, exercise }, () => {})
    expect({ verdict, incident }).toEqual({ verdict: 'time-limit', incident: null })
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('what waits is made ready, and nothing else until it no longer waits', async () => {
  const folder = join(tmpdir(), `drillbase-${randomBytes(3).toString('hex')}`)
  const own = createGraders({ runFolder: folder, maxSlots: 1, warmEngines: 1, warmSandboxes: 3 }, docker)
  try {
    await own.prepare()
    const ready = () =>
      own
        .health()
        .warm.sandboxes.filter((one) => one.ready > 0)
        .map(({ language }) => language)
    const { exercise } = counter('python', '')
    const larger = { ...exercise, limits: { ...exercise.limits, memoryMb: exercise.limits.memoryMb + 1 } }
    const gradeTypescript = async () => {
      const { verdict, incident } = await own.grade(counter('typescript', visitInTypescript), () => {})
      expect({ verdict, incident }).toEqual({ verdict: 'accepted', incident: null })
      await until(() => own.health().warm.busySlots === 0)
    }
    own.announce([{ exercise, language: 'python' }])
    await until(() => ready().length > 0)
    await gradeTypescript()
    // One is opened after the other: had the grading begun with another for TypeScript, it would be ready before this one.
    own.announce([{ exercise: larger, language: 'python' }])
    await until(() => ready().length > 1)
    expect(ready()).toEqual(['python', 'python'])
    own.announce([])
    await gradeTypescript()
    await until(() => ready().includes('typescript'))
  } finally {
    await own.close()
    rmSync(folder, { recursive: true, force: true })
  }
})

test('an abort ends a run at once and leaves nothing that runs', async () => {
  const giveUp = new AbortController()
  const running = graders.grade(
    adder(endless),
    ({ type }) => type === 'test-started' && giveUp.abort(new Error('cancelled')),
    giveUp.signal,
  )
  await expect(running).rejects.toThrow('cancelled')
  const early = graders.grade(adder(endless), () => {}, AbortSignal.abort(new Error('too late')))
  await expect(early).rejects.toThrow('too late')
})

test('an engine that dies by itself is our incident, never the learner’s', async () => {
  const job = counter('typescript', visitInTypescript)
  const result = await graders.grade(job, async (event) => {
    if (event.type !== 'test-started') return
    const found = await docker.listContainers({
      filters: { label: [`${ownerLabel}=${owner}`] },
    })
    for (const { Id, Image } of found)
      if (Image.includes('postgres'))
        await docker
          .getContainer(Id)
          .kill()
          .catch(() => {})
  })
  expect(result.verdict).toBe('internal-error')
  expect(result.incident).not.toBeNull()
})

test('a suite that hangs is killed with its judge, soon after its limits', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'drillbase-suite-'))
  const fixture = adder(endless)
  writeFileSync(join(folder, 'hidden.test.ts'), 'for (;;) {}')
  const exercise = { ...fixture.exercise, limits: { ...fixture.exercise.limits, suiteMs: 1_000, loadMs: 500 } }
  try {
    const result = await graders.grade({ ...fixture, folder, exercise }, () => {})
    expect(result.evidence.judge).toBe('killed-by-deadline')
    expect(result.verdict).toBe('time-limit')
    expect(result.tests).toHaveLength(6)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('a suite that cannot be loaded is our incident', async () => {
  const result = await graders.grade({ ...adder('export {}'), folder: '/nowhere' }, () => {})
  expect(result).toMatchObject({
    verdict: 'internal-error',
    incident: expect.any(String),
  })
})

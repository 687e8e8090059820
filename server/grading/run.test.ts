import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Health, Run, Submission } from '../api/contract.ts'
import { makeDatabase } from '../test-database.ts'
import { post, startProcess, type TestProcess, untilAnswer } from '../test-process.ts'

const ledger = join(import.meta.dirname, '../../exercises/62/62.1/pg-ledger-transfer')
const right = 'export const sumOfTwo = (cfg: object, a: number, b: number) => a + b'
const endless = 'export const sumOfTwo = () => new Promise(() => {})'

describe.each(['sqlite', 'postgres'])('a run, from HTTP to real containers and back, on %s', (dialect) => {
  let dataDir: string
  let server: TestProcess
  let address: string
  let database: Awaited<ReturnType<typeof makeDatabase>> | undefined
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'drillbase-run-'))
    database = dialect === 'postgres' ? await makeDatabase() : undefined
    server = startProcess({
      DATA_DIR: dataDir,
      DATABASE_URL: database?.url ?? '',
      GRADING_SLOTS: '1',
      WARM_ENGINES: '0',
      LEASE_MS: '4000',
      HEARTBEAT_MS: '500',
    })
    address = await server.address
    await untilAnswer<Health>(address, '/api/health', ({ grader }) => grader.state === 'ready')
  })
  afterAll(async () => {
    server.child.kill('SIGTERM')
    await server.ended
    await database?.drop()
    await rm(dataDir, { recursive: true })
  })

  async function run(exercise: string, code: string): Promise<string> {
    const reply = await post(address, '/api/runs', { exercise, language: 'typescript', code })
    expect(reply.status).toBe(202)
    return ((await reply.json()) as { id: string }).id
  }
  const status = (id: string, wanted: Run['status']) =>
    untilAnswer<Run>(address, `/api/runs/${id}`, (answer) => answer.status === wanted)

  test('shows what the code returns and what is in the database', async () => {
    const id = await run('pg-ledger-transfer', await readFile(join(ledger, 'reference/solution.ts'), 'utf8'))
    const done = await status(id, 'done')
    expect(done).toMatchObject({ problem: null, engines: [{ kind: 'postgres' }] })
    expect(done.shown[0]).toMatchObject({ kind: 'value', text: '{ id: 1n, replayed: false }' })
    const [engine] = done.inventory
    expect(engine?.tables.map(({ name }) => name)).toEqual(['accounts', 'transfers'])
    const events = await (await fetch(`${address}/api/runs/${id}/events`)).text()
    expect(events.match(/"type":"shown"/g)).toHaveLength(done.shown.length)
    // It has left no trace in what is learned.
    const exercise = await (await fetch(`${address}/api/exercises/pg-ledger-transfer`)).json()
    expect(exercise).toMatchObject({ status: 'new', lastSubmission: null })
  })

  test('a newer run ends the one under way and takes its slot; cancelling ends it', async () => {
    const first = await run('sum-of-two', endless)
    await status(first, 'running')
    const second = await run('sum-of-two', endless)
    await status(second, 'running')
    await status(first, 'superseded')
    await post(address, `/api/runs/${second}/cancel`)
    const third = await run('sum-of-two', right)
    expect((await status(third, 'done')).shown.map(({ text }) => text)).toEqual(['5', '-1'])
    await status(second, 'cancelled')
  })

  test('a waiting submission goes before a waiting run', async () => {
    const code = `await new Promise((r) => setTimeout(r, 1500)); ${right}`
    const { id: first } = (await (
      await post(address, '/api/submissions', { exercise: 'sum-of-two', language: 'typescript', code })
    ).json()) as { id: string }
    await untilAnswer<Submission>(address, `/api/submissions/${first}`, (answer) => answer.status !== 'queued')
    const waiting = await run('sum-of-two', right)
    const { id: second } = (await (
      await post(address, '/api/submissions', { exercise: 'difference-of-two', language: 'typescript', code })
    ).json()) as { id: string }
    const [submission, ran] = await Promise.all([
      untilAnswer<Submission>(address, `/api/submissions/${second}`, ({ finishedAt }) => finishedAt !== null),
      status(waiting, 'done'),
    ])
    expect(Date.parse(submission.finishedAt ?? '')).toBeLessThanOrEqual(Date.parse(ran.finishedAt ?? ''))
  })
})

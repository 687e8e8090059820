import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import Docker from 'dockerode'
import { afterEach, expect, test } from 'vitest'
import { benchExercise } from '../../scripts/bench/exercises.ts'
import { type PrivateDocker, startPrivateDocker } from '../../scripts/private-docker.ts'
import type { Health, Submission } from '../api/contract.ts'
import { post, startProcess, type TestProcess, untilAnswer } from '../test-process.ts'
import { fill } from './test-disk.ts'

/** What befalls the container engine itself, shown on one of this test's own. */

const contents = [
  join(import.meta.dirname, '..', 'content', 'fixtures', 'course'),
  join(import.meta.dirname, '..', '..', 'scripts'),
].join(delimiter)

let engine: PrivateDocker
let server: TestProcess
let dataDir: string
async function start(diskMb?: number): Promise<string> {
  engine = await startPrivateDocker({ diskMb })
  dataDir = await mkdtemp(join(tmpdir(), 'drillbase-engine-'))
  const pace = { LEASE_MS: '4000', HEARTBEAT_MS: '500', RETRY_BACKOFF_MS: '200', WARM_ENGINES: '0' }
  server = startProcess({ DATA_DIR: dataDir, DOCKER_HOST: engine.host, CONTENT_DIR: contents, ...pace })
  const address = await server.address
  await untilAnswer<Health>(address, '/api/health', ({ grader }) => grader.state === 'ready')
  return address
}
afterEach(async () => {
  server.child.kill('SIGTERM')
  await server.ended
  const docker = new Docker({ socketPath: engine.host.replace('unix://', '') })
  const left = await docker.listContainers({ all: true })
  await engine.stop()
  await rm(dataDir, { recursive: true })
  expect(left.map(({ Image, State }) => `${Image} ${State}`)).toEqual([])
})

async function submit(address: string, exercise: string, code: string): Promise<string> {
  const reply = await post(address, '/api/submissions', { exercise, language: 'typescript', code })
  expect(reply.status).toBe(202)
  return ((await reply.json()) as { id: string }).id
}
const until = (address: string, id: string, ...statuses: string[]) =>
  untilAnswer<Submission>(address, `/api/submissions/${id}`, ({ status }) => statuses.includes(status))
const final = (address: string, id: string) => until(address, id, 'done', 'dead', 'cancelled')

const wait = 'await new Promise((resolve) => setTimeout(resolve, 2_000))'
const slow = `export const sumOfTwo = async (cfg: object, a: number, b: number) => { ${wait}; return a + b }`

test('one that is restarted in the midst of a grading: graded again, accepted, and nothing left', async () => {
  const address = await start()
  const id = await submit(address, 'sum-of-two', slow)
  await until(address, id, 'running')
  await engine.restart()
  expect(await final(address, id)).toMatchObject({ status: 'done', verdict: 'accepted' })
  // And the next one finds nothing spoilt.
  const { exercise, reference } = benchExercise('postgres')
  const next = await submit(address, exercise.id, reference('typescript'))
  expect(await final(address, next)).toMatchObject({ status: 'done', verdict: 'accepted' })
})

test('one whose disk is full has no verdict until there is room', async () => {
  const address = await start(700)
  const { exercise, reference } = benchExercise('postgres')
  const id = await submit(address, exercise.id, `${wait}\n${reference('typescript')}`)
  await until(address, id, 'running')
  const ballast = join(engine.home, 'ballast')
  await fill(ballast)
  await until(address, id, 'queued')
  await rm(ballast)
  expect(await final(address, id)).toMatchObject({ status: 'done', verdict: 'accepted' })
})

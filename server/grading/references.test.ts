import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import Docker from 'dockerode'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createGraders, type Graders } from '../../graders/grade.ts'
import { traffic as trafficSchema } from '../../graders/traffic.ts'
import { openCatalog } from '../content/catalog.ts'
import { openStore } from '../store/open.ts'
import { measureReferences } from './references.ts'

const course = join(import.meta.dirname, '..', 'content', 'fixtures', 'course')
const leaderboard = join(import.meta.dirname, '../../exercises/62/62.5/redis-leaderboard')

let graders: Graders
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drillbase-references-'))
  await cp(course, join(folder, 'course'), { recursive: true })
  await cp(leaderboard, join(folder, 'course/90/90.2/redis-leaderboard'), { recursive: true })
  const runFolder = join(tmpdir(), `drillbase-${userInfo().uid}`)
  graders = createGraders({ runFolder, maxSlots: 1, warmEngines: 0, warmSandboxes: 0 }, new Docker())
  await graders.prepare()
})
afterAll(async () => {
  await graders.close()
  await rm(folder, { recursive: true })
})

test('references are measured in quiet, once for each language, and step aside for a learner', async () => {
  const store = await openStore({ dataDir: join(folder, 'data') })
  const catalog = await openCatalog(
    [join(folder, 'course')],
    async () => {},
    () => {},
  )
  const { suiteHash } = catalog.snapshot.exerciseById.get('redis-leaderboard') ?? expect.fail()
  const log: string[] = []
  let runs = 0
  let learnerIsHere = true
  const counting: Graders = {
    ...graders,
    async grade(job, on, signal) {
      runs++
      // The learner comes in the middle of the very first run.
      if (runs === 1) setTimeout(() => references.stepAside(), 300)
      return graders.grade(job, on, signal)
    },
  }
  const room = { store, catalog, graders: counting, log: (line: string) => void log.push(line) }
  const references = measureReferences(room, () => learnerIsHere, 50)
  await new Promise((resolve) => setTimeout(resolve, 400))
  expect(runs).toBe(0)

  learnerIsHere = false
  const figures = (language: 'typescript' | 'python') =>
    store.references.traffic({ exerciseId: 'redis-leaderboard', language, suiteHash })
  while ((await figures('typescript')) === null || (await figures('python')) === null)
    await new Promise((resolve) => setTimeout(resolve, 50))
  const measured = trafficSchema.parse(((await figures('python')) as { redis: unknown }).redis)
  expect(measured.statements).toBeGreaterThan(1_000)
  // The first run was dropped, then one for each language; nothing is measured twice.
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect(runs).toBe(3)
  expect(log).toEqual([])
  references.stop()
  catalog.close()
  await store.close()
}, 120_000)

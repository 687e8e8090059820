import Docker from 'dockerode'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { EngineKind } from '../exercise.ts'
import type { GradeResult } from '../grade.ts'
import { owner, ownerLabel } from '../slot/owner.ts'
import { type Expected, languageOf, readCorpus } from './corpus.ts'
import { children, watchMemory } from './footprint.ts'
import { type Lane, openLane } from './lane.ts'

/** Two at a time, because there are two cores to begin with; each in a lane of its own. */
const laneCount = 2
/** What a verdict may take beyond the limits of its exercise. */
const graceMs = 2_000
/** The test's own process does what a grading worker does, beside vitest. */
const workerGrowthMib = 400
/** The judge's heap, what it holds outside of it, and Node itself. */
const judgeMib = 900

/** Runs each case, and after it an honest submission in the same slot, which must be accepted. */
export function runCorpus(kind: EngineKind, expected: Record<string, Expected>): void {
  const { folder, exercise, names, reference, submissionOf } = readCorpus(kind)
  const { loadMs, suiteMs } = exercise.limits
  const docker = new Docker()
  const lanes: Lane[] = []
  const free: Lane[] = []
  const waiting: ((lane: Lane) => void)[] = []
  const before = children()
  const memory = watchMemory()

  beforeAll(async () => {
    for (let n = 0; n < laneCount; n++) lanes.push(await openLane(docker, exercise, folder))
    free.push(...lanes)
  })

  afterAll(async () => {
    const files = await Promise.all(lanes.map((lane) => lane.close()))
    const containers = await docker.listContainers({ all: true, filters: { label: [`${ownerLabel}=${owner}`] } })
    const processes = children().filter((pid) => !before.includes(pid))
    expect({ files: files.flat(), containers: containers.map(({ Image }) => Image), processes }).toEqual({
      files: [],
      containers: [],
      processes: [],
    })
  })

  async function inLane<T>(work: (lane: Lane) => Promise<T>): Promise<T> {
    const lane = free.pop() ?? (await new Promise<Lane>((resolve) => waiting.push(resolve)))
    try {
      return await work(lane)
    } finally {
      const next = waiting.shift()
      if (next) next(lane)
      else free.push(lane)
    }
  }

  const hidden = ['SUITE-TEXT-51f2', 'EXPECTED-VALUE-77c0de', 'hidden.test', process.cwd(), 'docker.sock HTTP']

  test('every case of the folder has its verdict, and every verdict its case', () => {
    expect(names).toEqual(Object.keys(expected).sort())
  })

  describe.concurrent('submissions that the grader must survive', { timeout: 300_000 }, () => {
    test.each(Object.keys(expected))('%s', (name) =>
      inLane(async ({ grade, runFolder }) => {
        const allowed = [expected[name] ?? []].flat()
        const submission = submissionOf(name)
        // What it leaves is for its own second coming.
        if (name.startsWith('stash')) await grade(languageOf(name), submission)
        const result = await grade(languageOf(name), submission)
        expect(allowed, whyOf(result)).toContain(result.verdict)
        // Preparing a slot is the grader's own time.
        expect(result.timings.totalMs - result.timings.slotMs).toBeLessThan(loadMs + suiteMs + graceMs)
        const shown = shownIn(result)
        for (const secret of [...hidden, runFolder]) expect(shown).not.toContain(secret)
        expect(shown).not.toContain('GOT IN')

        const next = await grade(languageOf(name), reference[languageOf(name)])
        expect(next.verdict, whyOf(next)).toBe('accepted')
      }),
    )
  })

  test('through all of it the memory of worker and judges stayed within bounds', () => {
    const most = memory.stop()
    expect(most.judgeMib).toBeLessThan(judgeMib)
    expect(most.workerMib).toBeLessThan(workerAtStartMib + workerGrowthMib)
  })
  const workerAtStartMib = process.memoryUsage().rss / 1024 ** 2
}

/** All that leaves the graders for a learner: names, outcomes and messages of tests, what was printed, the error. */
const shownIn = ({ tests, output, error }: GradeResult): string =>
  [...tests.map(({ name, outcome, message }) => `${name} ${outcome} ${message}`), output.text, error].join('\n')

const whyOf = ({ verdict, incident, error, evidence, output }: GradeResult): string =>
  JSON.stringify({ verdict, incident, error, evidence, output: output.text.slice(-1_000) }, null, 1).slice(0, 6_000)

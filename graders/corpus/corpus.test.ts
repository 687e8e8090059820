import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Docker from 'dockerode'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { exercise as exerciseSchema, type Language } from '../exercise.ts'
import { createGraders, type GradeResult, type Graders } from '../grade.ts'
import { owner, ownerLabel } from '../slot/owner.ts'
import { casesFolder, comesTwice, corpus, exerciseFolder, languageOf, reference, submissionOf } from './corpus.ts'

const exercise = exerciseSchema.parse(parse(readFileSync(join(exerciseFolder, 'exercise.yaml'), 'utf8')))
const docker = new Docker()
const runFolder = join(tmpdir(), `drillbase-${randomBytes(3).toString('hex')}`)
const { loadMs, suiteMs } = exercise.limits
/** What a verdict may take beyond the limits of its exercise. */
const graceMs = 2_000
let graders: Graders

beforeAll(async () => {
  graders = createGraders({ runFolder, maxSlots: 2, warmEngines: 2, warmSandboxes: 1 }, docker)
  await graders.prepare()
  for (const language of exercise.languages) graders.warm(exercise, language)
})
afterAll(async () => {
  await graders.close()
  const left = await docker.listContainers({ all: true, filters: { label: [`${ownerLabel}=${owner}`] } })
  expect(left.map(({ Image }) => Image)).toEqual([])
  expect(readdirSync(runFolder)).toEqual([])
})

const grade = (language: Language, code: string): Promise<GradeResult> =>
  graders.grade({ folder: exerciseFolder, exercise, language, code, seed: randomBytes(4).toString('hex') }, () => {})

/** All that leaves this folder for a learner: names, outcomes and messages of tests, what was printed, the error. */
const shownIn = ({ tests, output, error }: GradeResult): string =>
  [...tests.map(({ name, outcome, message }) => `${name} ${outcome} ${message}`), output.text, error].join('\n')

const hidden = ['SUITE-TEXT-51f2', 'EXPECTED-VALUE-77c0de', 'hidden.test', process.cwd(), runFolder, 'docker.sock HTTP']

const names = Object.keys(corpus)

test('every case of the folder has its verdicts, and every verdict its case', () => {
  expect(readdirSync(casesFolder).sort()).toEqual([...names].sort())
})

describe.concurrent('submissions that the grader must survive', { timeout: 120_000 }, () => {
  test.each(names)('%s', async (name) => {
    const allowed = corpus[name] ?? []
    const language = languageOf(name)
    for (let times = comesTwice.has(name) ? 2 : 1; times > 0; times--) {
      const result = await grade(language, submissionOf(name))
      expect(allowed, whyOf(result)).toContain(result.verdict)
      // Preparing a slot is the grader's own time.
      expect(result.timings.totalMs - result.timings.slotMs).toBeLessThan(loadMs + suiteMs + graceMs)
      const shown = shownIn(result)
      for (const secret of hidden) expect(shown).not.toContain(secret)
      expect(shown).not.toContain('GOT IN')
    }
    const next = await grade(language, reference[language])
    expect(next.verdict, whyOf(next)).toBe('accepted')
  })
})

const whyOf = ({ verdict, incident, error, evidence }: GradeResult): string =>
  JSON.stringify({ verdict, incident, error, evidence }, null, 1).slice(0, 6_000)

import { randomBytes } from 'node:crypto'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Docker from 'dockerode'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { exercise as exerciseSchema } from './exercise.ts'
import { createGraders, type GradeEvent, type GradeJob, type GradeResult, type Graders } from './grade.ts'
import { owner, ownerLabel } from './slot/owner.ts'

/** Somebody does something to our containers while a submission is graded. Never may it become the learner's verdict. */

const docker = new Docker()
const runFolder = join(tmpdir(), `drillbase-${randomBytes(3).toString('hex')}`)
const counter = fileURLToPath(new URL('./slot/fixtures/counter', import.meta.url))
const right = readFileSync(join(counter, 'reference/solution.ts'), 'utf8')
/** Leaves time to do something to it: the first call waits. */
const slow = `let first = true\n${right.replace(
  'const client',
  'if (first) { first = false; await new Promise((resolve) => setTimeout(resolve, 1_200)) }\n  const client',
)}`

let graders: Graders
beforeAll(async () => {
  graders = createGraders({ runFolder, maxSlots: 1, warmEngines: 0, warmSandboxes: 0 }, docker)
  await graders.prepare()
})
afterAll(async () => {
  await graders.close()
  expect(await ours()).toEqual([])
})

async function ours(): Promise<Docker.ContainerInfo[]> {
  return docker.listContainers({ all: true, filters: { label: [`${ownerLabel}=${owner}`] } })
}

function jobOf(code: string, more: Partial<GradeJob> & { limits?: { testMs?: number } } = {}): GradeJob {
  const { limits, folder = counter, ...rest } = more
  const exercise = exerciseSchema.parse(parse(readFileSync(join(counter, 'exercise.yaml'), 'utf8')))
  const seed = randomBytes(4).toString('hex')
  const bounded = { ...exercise, limits: { ...exercise.limits, ...limits } }
  return { folder, exercise: bounded, language: 'typescript', code, seed, ...rest }
}

/** Grades and, once the first test has begun, does this to the slot's containers: nothing is warm, so there are no others. */
async function gradeWhile(job: GradeJob, harm: (of: (part: string) => Docker.Container) => Promise<unknown>) {
  let harmed: Promise<unknown> | undefined
  const events: GradeEvent[] = []
  const result = await graders.grade(job, (event) => {
    events.push(event)
    if (event.type !== 'test-started') return
    harmed ??= ours().then((containers) =>
      harm((part) => {
        const running = containers.filter(({ State, Image }) => State === 'running' && Image.includes(part))
        const [found] = running
        if (!found) throw new Error(`no container of ${part}`)
        return docker.getContainer(found.Id)
      }),
    )
  })
  await harmed
  return { ...result, events }
}
const outcomeOf = ({ verdict, incident }: GradeResult) => ({ verdict, incident })
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

describe('what a stranger does is never the submission’s', () => {
  test.each<[string, string, (container: Docker.Container) => Promise<unknown>, RegExp]>([
    ['kills the sandbox', 'runner-node', (one) => one.kill(), /sandbox was killed/],
    ['removes the sandbox', 'runner-node', (one) => one.remove({ force: true }), /sandbox was killed/],
    ['kills the engine', 'postgres', (one) => one.kill(), /postgres: it was killed/],
    ['removes the engine', 'postgres', (one) => one.remove({ force: true, v: true }), /postgres: it was removed/],
    ['kills the gate', 'gate', (one) => one.kill(), /the gate ended/],
  ])('who %s', async (_, part, harm, incident) => {
    const result = await gradeWhile(jobOf(slow, { lastAttempt: true }), (of) => harm(of(part)))
    expect(outcomeOf(result)).toEqual({ verdict: 'internal-error', incident: expect.stringMatching(incident) })
    expect(outcomeOf(await graders.grade(jobOf(right), () => {}))).toEqual({ verdict: 'accepted', incident: null })
  })

  // It may be back before anybody asks it again. Looked at in the midst of it, a restart is a kill.
  test('who restarts the engine', async () => {
    const result = await gradeWhile(jobOf(slow, { lastAttempt: true }), (of) => of('postgres').restart({ t: 0 }))
    if (result.verdict !== 'accepted')
      expect(outcomeOf(result)).toEqual({
        verdict: 'internal-error',
        incident: expect.stringMatching(/postgres: it was (killed|restarted)/),
      })
    expect(outcomeOf(await graders.grade(jobOf(right), () => {}))).toEqual({ verdict: 'accepted', incident: null })
  })

  test.each(['runner-node', 'postgres', 'gate'])(
    'who freezes the %s beyond a test’s deadline and thaws it again',
    async (part) => {
      const job = jobOf(slow, { limits: { testMs: 2_500 } })
      const result = await gradeWhile(job, async (of) => {
        await of(part).pause()
        await sleep(4_000)
        await of(part)
          .unpause()
          // The suite may be over, and the container with it.
          .catch(() => {})
      })
      expect(outcomeOf(result)).toEqual({ verdict: 'internal-error', incident: expect.stringMatching(/paused|killed/) })
    },
  )
})

describe('odd evidence is checked with the reference solution', () => {
  const hangs = 'export const visit = () => new Promise(() => {})'
  const checked = ({ events }: { events: GradeEvent[] }) =>
    events.some((event) => event.type === 'preparing' && event.step.includes('reference'))

  test('it passes: the verdict stands, and a wrong answer never waits for it', async () => {
    const late = await gradeWhile(jobOf(hangs, { limits: { testMs: 2_000 } }), async () => {})
    expect([late.verdict, checked(late)]).toEqual(['time-limit', true])
    const wrong = await gradeWhile(jobOf('export const visit = async () => -1'), async () => {})
    expect([wrong.verdict, checked(wrong)]).toEqual(['wrong-answer', false])
  })

  test('it fails too: something of ours is to blame', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'drillbase-suite-'))
    cpSync(counter, folder, { recursive: true })
    const suite = join(folder, 'hidden.test.ts')
    writeFileSync(
      suite,
      readFileSync(suite, 'utf8').replaceAll('async () => {', 'async () => {\n  await new Promise(() => {})\n'),
    )
    const result = await graders.grade(jobOf(right, { folder, limits: { testMs: 500 } }), () => {})
    expect(outcomeOf(result)).toEqual({ verdict: 'internal-error', incident: expect.stringMatching(/reference/) })
    rmSync(folder, { recursive: true })
  })

  /** Ends by its own, as after a crash: no stranger's SIGKILL. Only under the submission, never under the reference. */
  const crash = (of: (part: string) => Docker.Container) => of('postgres').kill({ signal: 'SIGINT' })

  test('an engine that breaks under a submission is tried again, and at the last attempt it is a runtime-error', async () => {
    const first = await gradeWhile(jobOf(slow), crash)
    expect([first.verdict, checked(first)]).toEqual(['internal-error', false])
    const last = await gradeWhile(jobOf(slow, { lastAttempt: true }), crash)
    expect([last.verdict, checked(last)]).toEqual(['runtime-error', true])
    expect(last.error).toMatch(/reference solution passes/)
  })

  test.each(['process.exit(137)', "process.kill(process.pid, 'SIGKILL')"])(
    '%s is a runtime-error at once',
    async (ends) => {
      const result = await gradeWhile(jobOf(`export const visit = async () => { ${ends} }`), async () => {})
      expect([result.verdict, checked(result)]).toEqual(['runtime-error', false])
    },
  )
})

test('a folder of the slot that is deleted in the midst of it is no fault of the submission', async () => {
  const result = await gradeWhile(jobOf(slow, { lastAttempt: true }), async () => {
    for (const worker of readdirSync(runFolder)) rmSync(join(runFolder, worker), { recursive: true, force: true })
  })
  expect(outcomeOf(result).verdict).toBe('internal-error')
})

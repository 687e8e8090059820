import type { GradeEvent, GradeJob, GradeResult } from './job.ts'
import { expectedTests, type Judged, runSuite, withNotRun } from './judging.ts'
import { oddityOf } from './oddity.ts'
import type { JudgePool } from './slot/judge-pool.ts'
import { slotMs } from './slot/limits.ts'
import { Slot, type SlotSources } from './slot/slot.ts'
import { type Evidence, type SandboxEvidence, verdictOf } from './verdict.ts'

export type PipelineSources = SlotSources & {
  judges: JudgePool
  /** For what may outlast the verdict: giving a slot back. */
  inBackground: (work: Promise<unknown>) => void
}

/** One submission, from nothing to its verdict. The slot is given back afterwards, also when anything here throws. */
export async function grade(
  sources: PipelineSources,
  job: GradeJob,
  on: (event: GradeEvent) => void,
  signal?: AbortSignal,
): Promise<GradeResult> {
  const began = performance.now()
  on({ type: 'preparing', step: 'slot' })
  const prepared = await prepare(sources, job, signal).catch((error: unknown) => {
    signal?.throwIfAborted()
    return String(error)
  })
  const opened = since(began)
  if (typeof prepared === 'string') {
    const evidence = evidenceOf(job, neverJudged(job), [], {
      enginesHealthy: false,
      engineOutOfMemory: false,
      meddling: null,
    })
    return { ...resultOf(job, evidence, prepared), timings: { slotMs: opened, loadMs: 0, testsMs: 0, totalMs: opened } }
  }

  const { slot, judge } = prepared
  let doubtful = true
  let mayJudgeAgain = false
  try {
    on({ type: 'running' })
    const judged = await runSuite(judge, slot, job, on, signal)
    const [sandboxes, engines] = await Promise.all([
      slot.sandboxes.evidence(judged.farewells),
      enginesAfter(slot, judged),
    ])
    const allPassed = judged.tests.every(({ outcome }) => outcome === 'passed')
    // A process that died is replaced, which is no wish of the suite's: so a whole suite is believed only where nothing failed.
    if (allPassed || judged.tests.length === 1)
      sources.expected.note(job.exercise.id, expectedTests(job), slot.sandboxes.ids.length - 1)
    const meddling = allPassed ? null : await slot.meddling(sandboxes)
    const evidence = evidenceOf(job, judged, sandboxes, { ...engines, meddling })
    doubtful = oddityOf(evidence) !== null
    mayJudgeAgain = !doubtful && ranToItsEnd(judged)
    const incident = meddling ?? (engines.enginesHealthy ? judged.incident : 'an engine is not well after the run')
    return {
      ...resultOf(job, evidence, incident),
      output: slot.sandboxes.output(job.exercise.limits.outputBytes),
      engines: slot.products,
      traffic: judged.traffic,
      timings: { slotMs: opened, ...judged.timings, totalMs: since(began) },
    }
  } finally {
    sources.inBackground(
      Promise.all([
        slot.close({ doubtful }),
        mayJudgeAgain ? sources.judges.giveBack(judge) : sources.judges.discard(judge),
      ]),
    )
  }
}

/** Where every test ended as tests do, the engines answered all along; else each is asked again. */
async function enginesAfter(
  slot: Slot,
  judged: Judged,
): Promise<Pick<Evidence, 'enginesHealthy' | 'engineOutOfMemory'>> {
  if (endedPlainly(judged) && (await slot.enginesUnharmed())) return { enginesHealthy: true, engineOutOfMemory: false }
  const enginesHealthy = await slot.enginesHealthy()
  // In this order: one that is still filling its memory may be killed while its health is asked for.
  return { enginesHealthy, engineOutOfMemory: await slot.engineOutOfMemory() }
}

const endedPlainly = ({ judge, incident, tests, suiteDeadline }: Judged): boolean =>
  judge === 'finished' &&
  incident === null &&
  !suiteDeadline &&
  tests.every(({ cause }) => cause === null || cause === 'assertion')

/** Nothing of the suite goes on: no test was left in its midst, and the submission spoke as it should. */
const ranToItsEnd = ({ judge, tests, protocolViolation, suiteDeadline }: Judged): boolean =>
  judge === 'finished' &&
  protocolViolation === null &&
  !suiteDeadline &&
  tests.every(({ cause }) => cause !== 'deadline' && cause !== 'protocol' && cause !== 'judge')

async function prepare(sources: PipelineSources, job: GradeJob, signal?: AbortSignal) {
  signal?.throwIfAborted()
  const slot = Slot.open(sources, job.exercise, job.language, expectedTests(job))
  const judge = sources.judges.take(job.exercise.engines)
  // Whichever is waited for below: the other may fail meanwhile.
  for (const part of [slot, judge]) part.catch(() => {})
  const stopWaiting = Promise.withResolvers<never>()
  const giveUp = () => stopWaiting.reject(signal?.reason)
  const deadline = setTimeout(() => stopWaiting.reject(new Error(`no slot within ${slotMs} ms`)), slotMs)
  signal?.addEventListener('abort', giveUp, { once: true })
  try {
    return {
      slot: await Promise.race([slot, stopWaiting.promise]),
      judge: await Promise.race([judge, stopWaiting.promise]),
    }
  } catch (error) {
    // Whatever opens after all is closed again.
    sources.inBackground(slot.then((opened) => opened.close()))
    sources.inBackground(judge.then((ready) => sources.judges.discard(ready)))
    throw error
  } finally {
    clearTimeout(deadline)
    signal?.removeEventListener('abort', giveUp)
  }
}

function evidenceOf(
  job: GradeJob,
  judged: Judged,
  sandboxes: SandboxEvidence[],
  engines: Pick<Evidence, 'enginesHealthy' | 'engineOutOfMemory' | 'meddling'>,
): Evidence {
  const { judge, tests, load, protocolViolation, suiteDeadline, incident } = judged
  return {
    expectedTests: expectedTests(job),
    tests,
    load,
    sandboxes,
    protocolViolation,
    suiteDeadline,
    // What we broke ourselves is no evidence against a submission.
    judge: incident === null ? judge : 'crashed',
    ...engines,
  }
}

function resultOf(job: GradeJob, evidence: Evidence, incident: string | null) {
  const { tests, load } = evidence
  const verdict = verdictOf(evidence)
  return {
    verdict,
    tests,
    output: { text: '', truncated: false },
    error: load.message ?? tests.find(({ cause }) => cause === 'submission-error')?.message ?? null,
    engines: [],
    traffic: {},
    evidence,
    seed: job.seed,
    incident: verdict === 'internal-error' ? (incident ?? reasonIn(evidence)) : null,
  }
}

function neverJudged(job: GradeJob): Judged {
  return {
    judge: 'crashed',
    incident: null,
    tests: withNotRun(job, []),
    load: { outcome: 'not-tried', message: null },
    protocolViolation: null,
    suiteDeadline: false,
    traffic: {},
    timings: { loadMs: 0, testsMs: 0 },
    farewells: {},
  }
}

/** Where the judge finished and still no verdict on the submission follows. */
function reasonIn({ tests, load, sandboxes }: Evidence): string {
  if (sandboxes.some(({ killedByStranger }) => killedByStranger)) return 'a sandbox ended as if it had been killed'
  const broken = tests.find(({ cause }) => cause === 'judge')
  if (broken) return `${broken.name}: ${broken.detail ?? 'the suite failed without a word'}`
  return load.outcome === 'not-tried'
    ? (load.message ?? 'the submission was never loaded')
    : 'the tests are not complete'
}

const since = (began: number): number => performance.now() - began

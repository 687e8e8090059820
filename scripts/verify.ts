import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import Docker from 'dockerode'
import { extensionOf, language } from '../graders/exercise.ts'
import { createGraders, type Graders } from '../graders/grade.ts'
import type { GradeResult } from '../graders/job.ts'
import { readConfig } from '../server/config.ts'
import { type CatalogExercise, readExerciseFolder } from '../server/content/exercise-folder.ts'
import { problemText } from '../server/content/problem.ts'
import { recorderOf, replayerOf } from './verify-hard-coded.ts'
import { matrixOf } from './verify-matrix.ts'
import { type Cell, cellsOf, idleTests, planOf, type Row } from './verify-plan.ts'
import { trySample } from './verify-sample.ts'

/**
 * Proves exercises by grading them for real: the starter is rejected, the references are accepted, each wrong solution is
 * caught by the tests it names, each test catches something, and the sample (where there is one) runs with the references.
 *
 *     npm run exercises:verify -- [id…] [--fast] [--seeds n] [--language typescript|python] [--only solution]
 *
 * --fast: wrong solutions meet only their killers, the starter stops at its first failure, and the first run of the
 * reference in TypeScript also writes down its answers for the hard-coded one.
 * --seeds: runs of each reference. --only: this solution (`reference`, or the name of a wrong one) and nothing else, in as
 * many runs.
 * Ends with `N passed, N failed`; the exit code says the same.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    fast: { type: 'boolean', default: false },
    seeds: { type: 'string', default: '1' },
    language: { type: 'string' },
    only: { type: 'string' },
  },
})
const fast = values.fast
const seeds = Array.from({ length: Number(values.seeds) }, () => randomBytes(6).toString('hex'))
const onlyLanguage = values.language === undefined ? undefined : language.parse(values.language)
const only = values.only
// Two cores are the common case, and a third of a run waits for what it does to its engine.
const jobsAtOnce = 3
/** What the reference may print of its results. */
const recordedBytes = 8 * 1024 ** 2

const startedAt = performance.now()
const cells: Cell[] = []
const note = (row: string, deviation: string | null) => {
  cells.push({ row, deviation })
  if (deviation !== null) console.log(`  FAILED ${row}: ${deviation}`)
}

const { exercises, problems } = await readExercises(readConfig().contentDirs)
for (const problem of problems) note('content', problem)
for (const id of positionals)
  if (!exercises.some(({ exercise }) => exercise.id === id)) note(id, 'there is no such exercise, or it cannot be read')
const chosen = exercises.filter(({ exercise }) => positionals.length === 0 || positionals.includes(exercise.id))

const graders = createGraders(
  {
    runFolder: join(tmpdir(), `drillbase-${process.getuid?.() ?? 0}`),
    maxSlots: jobsAtOnce,
    warmEngines: jobsAtOnce,
    warmSandboxes: jobsAtOnce,
  },
  new Docker(),
)
try {
  if (chosen.length > 0) await graders.prepare()
  const take = turns(jobsAtOnce)
  await Promise.all(chosen.map((exercise) => verify(graders, exercise, take)))
} finally {
  await graders.close()
}
const failed = cells.filter(({ deviation }) => deviation !== null).length
console.log(`took ${((performance.now() - startedAt) / 60_000).toFixed(1)} minutes`)
console.log(`${cells.length - failed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1

async function verify(graders: Graders, found: CatalogExercise, take: Turns): Promise<void> {
  const { exercise, folder } = found
  const { rows: planned, problems } = planOf(exercise, filesIn(folder), extensionOf, onlyLanguage)
  const rows = planned.filter(({ solution }) => only === undefined || solution === only)
  if (rows.length === 0) problems.push(`there is no solution ${only}`)
  for (const problem of problems) note(exercise.id, problem)
  const lacking = exercise.languages.filter((one) => !graders.canGrade(exercise, one))
  if (lacking.length > 0)
    return note(exercise.id, `no image to grade it with: ${JSON.stringify(graders.health().images)}`)

  const runs = rows.flatMap((row) =>
    (row.solution === 'reference' || only !== undefined ? seeds : seeds.slice(0, 1)).map((seed) => ({ row, seed })),
  )
  const isWhole = only === undefined
  const sampled = isWhole && found.sample !== null ? planned.filter(({ solution }) => solution === 'reference') : []
  const isReplayed = isWhole && found.solution.typescript !== undefined && onlyLanguage !== 'python'
  // In line behind each other: what one of them has used is still warm for the next.
  const replayed = isReplayed ? take(() => replay(graders, found, seeds[0] ?? '')) : null
  const isRecorded = (row: Row, seed: string) =>
    fast && row.solution === 'reference' && row.language === 'typescript' && seed === seeds[0]
  const resultOf = async (row: Row, seed: string) =>
    replayed && isRecorded(row, seed) ? (await replayed).recorded : take(() => gradeRow(graders, found, row, seed))
  const [graded, samples, hardCoded] = await Promise.all([
    Promise.all(runs.map(async ({ row, seed }) => ({ row, result: await resultOf(row, seed) }))),
    Promise.all(sampled.map(({ language }) => take(() => trySample(graders, found, language, seeds[0] ?? '')))),
    replayed,
  ])
  console.log(matrixOf(exercise, graded))
  for (const { row, result } of graded)
    for (const { row: name, deviation } of cellsOf(row, result)) note(`${exercise.id} ${name}`, deviation)
  for (const [at, { line, deviation }] of samples.entries()) {
    console.log(`  ${exercise.id} ${line}`)
    note(`${exercise.id} sample (${sampled[at]?.language})`, deviation)
  }
  if (isReplayed) note(`${exercise.id} hard-coded (typescript)`, hardCoded?.deviation ?? null)
  if (!isWhole) return
  if (fast || onlyLanguage) return
  const wrong = graded.filter(({ row }) => row.killers.length > 0)
  const idle = new Set(idleTests(exercise, wrong))
  for (const { name } of exercise.tests)
    note(`${exercise.id} ${name}`, idle.has(name) ? 'catches no wrong solution' : null)
}

/** A wrong solution that dies or hangs often ends a run before every killer had its turn: those are run by themselves. */
async function gradeRow(graders: Graders, found: CatalogExercise, row: Row, seed: string): Promise<GradeResult> {
  const { exercise, folder } = found
  const code = readFileSync(join(folder, row.file), 'utf8')
  const job = { folder, exercise, language: row.language, code, seed }
  const isWrong = row.killers.length > 0
  const result = await graders.grade(
    { ...job, only: fast && isWrong ? row.killers : undefined, stopAtFirstFailure: fast && row.solution === 'starter' },
    // What the next one needs is opened while this one waits.
    ({ type }) => {
      if (type === 'running') graders.warm(exercise, row.language)
    },
  )
  if (!isWrong || result.evidence.load.outcome !== 'loaded') return result
  for (const [at, test] of result.tests.entries()) {
    if (test.outcome !== 'not-run' || !row.killers.includes(test.name)) continue
    const alone = await graders.grade({ ...job, only: [test.name] }, () => {})
    result.tests[at] = alone.tests[0] ?? test
  }
  return result
}

/**
 * Two runs whose tests come in one order and draw different inputs: what the first one wanted must not do for the second. The
 * first is the reference itself.
 */
async function replay(
  graders: Graders,
  { exercise, folder, solution }: CatalogExercise,
  seed: string,
): Promise<{ recorded: GradeResult; deviation: string | null }> {
  const functions = exercise.functions.map(({ name }) => name)
  const generous = { ...exercise, limits: { ...exercise.limits, outputBytes: recordedBytes } }
  const job = { folder, exercise: generous, language: 'typescript' as const, shuffleSeed: seed }
  const recorded = await graders.grade(
    { ...job, code: recorderOf(solution.typescript ?? '', functions), seed },
    () => {},
  )
  if (recorded.verdict !== 'accepted')
    return { recorded, deviation: `could not be recorded: ${recorded.verdict} ${recorded.error ?? ''}` }
  const code = replayerOf(recorded.output.text, functions)
  const anotherSeed = randomBytes(6).toString('hex')
  const { verdict, incident, error } = await graders.grade(
    { ...job, code, seed: anotherSeed, stopAtFirstFailure: true },
    () => {},
  )
  if (verdict === 'accepted')
    return { recorded, deviation: `what the reference answered with seed ${seed} is accepted with ${anotherSeed}` }
  const isCaught = verdict === 'wrong-answer' || verdict === 'time-limit'
  return { recorded, deviation: isCaught ? null : `was not run: ${verdict} ${incident ?? error ?? ''}` }
}

async function readExercises(contentFolders: string[]): Promise<{ exercises: CatalogExercise[]; problems: string[] }> {
  const exercises: CatalogExercise[] = []
  const problems: string[] = []
  for (const content of contentFolders)
    for (const file of [...filesIn(content)]
      .filter((name) => /^[^/]+\/[^/]+\/[^/]+\/exercise\.yaml$/.test(name))
      .sort()) {
      const folder = join(content, dirname(file))
      const read = await readExerciseFolder(folder, file.split('/')[1] ?? '')
      if ('problems' in read) problems.push(...read.problems.map(problemText))
      else exercises.push(read.exercise)
    }
  return { exercises, problems }
}

function filesIn(folder: string): Set<string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return new Set(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1)),
  )
}

type Turns = <T>(work: () => Promise<T>) => Promise<T>

function turns(atOnce: number): Turns {
  let free = atOnce
  const waiting: (() => void)[] = []
  return async (work) => {
    if (free > 0) free--
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else free++
    }
  }
}

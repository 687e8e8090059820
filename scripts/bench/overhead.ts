import { parseArgs } from 'node:util'
import { extensionOf, type Language } from '../../graders/exercise.ts'
import { readConfig } from '../../server/config.ts'
import type { CatalogExercise } from '../../server/content/exercise-folder.ts'
import { readSnapshot } from '../../server/content/snapshot.ts'
import { table } from './figures.ts'
import { accepted, isWarmFor } from './ours.ts'
import { type Program, startProgram } from './program.ts'

/**
 * What grading adds to the suites of the course: each reference is submitted to a warm program, and the time that its suite
 * takes for set-up, tests and what lies between them is taken off.
 *
 *     npm run bench -- overhead [exercise…] [--json]
 */
export default async function overhead(argv: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: { json: { type: 'boolean', default: false } },
  })
  const { exerciseById } = await readSnapshot(readConfig().contentDirs)
  const chosen = [...exerciseById.values()].filter(
    ({ exercise }) => positionals.length === 0 || positionals.includes(exercise.id),
  )
  const program = await startProgram()
  const rows: Row[] = []
  try {
    await program.until(({ grader }) => grader.state === 'ready', 'the graders are ready')
    for (const exercise of chosen)
      for (const language of exercise.exercise.languages) rows.push(await measure(program, exercise, language))
  } finally {
    await program.stop()
  }
  console.log(values.json ? JSON.stringify({ name: 'overhead', rows }, null, 2) : tableOf(rows))
}

/** Milliseconds: sending to verdict, of which the suite, and what is left. */
type Row = { exercise: string; language: Language; totalMs: number; suiteMs: number; overheadMs: number }

async function measure(program: Program, { exercise, solution }: CatalogExercise, language: Language): Promise<Row> {
  const code = solution[language]
  if (code === undefined) throw new Error(`${exercise.id} has no solution.${extensionOf[language]}`)
  await fetch(`${program.address}/api/exercises/${exercise.id}`)
  await program.until(isWarmFor(exercise, language), `a warm slot for ${exercise.id}`)
  const { submission, seenMs } = accepted(await program.submit(exercise.id, language, code))
  const suiteMs = submission.timings.testsMs ?? 0
  return { exercise: exercise.id, language, totalMs: seenMs, suiteMs, overheadMs: seenMs - suiteMs }
}

const tableOf = (rows: Row[]): string =>
  [
    'What grading adds to each suite of the course, milliseconds',
    table([
      ['exercise', 'language', 'total', 'suite', 'added'],
      ...rows.map((row) => [
        row.exercise,
        row.language,
        ...[row.totalMs, row.suiteMs, row.overheadMs].map((ms) => ms.toFixed(0)),
      ]),
    ]),
  ].join('\n')

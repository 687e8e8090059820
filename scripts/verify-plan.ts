import type { Exercise, Language } from '../graders/exercise.ts'
import type { GradeResult } from '../graders/job.ts'

/** What `npm run exercises:verify` expects of an exercise, and what became of it. Pure: verify.ts does the grading. */

export type Row = {
  /** `reference`, `starter` or the name of a wrong solution. */
  solution: string
  language: Language
  /** Relative to the exercise's folder. */
  file: string
  /** Of a wrong solution: the tests that must catch it. */
  killers: string[]
}
/** One question with its answer; `deviation` says how it is not as it should be. */
export type Cell = { row: string; deviation: string | null }

/** `files` are all files of the exercise's folder, relative. A wrong solution may be missing in one language, not in all. */
export function planOf(
  exercise: Exercise,
  files: ReadonlySet<string>,
  extensionOf: Record<Language, string>,
  only?: Language,
): { rows: Row[]; problems: string[] } {
  const rows: Row[] = []
  const problems: string[] = []
  for (const language of exercise.languages) {
    if (only && language !== only) continue
    const extension = extensionOf[language]
    rows.push({ solution: 'starter', language, file: `starter/solution.${extension}`, killers: [] })
    rows.push({ solution: 'reference', language, file: `reference/solution.${extension}`, killers: [] })
    for (const { name, killers } of exercise.wrong) {
      const file = `wrong/${name}.${extension}`
      if (files.has(file)) rows.push({ solution: name, language, file, killers })
    }
  }
  const declared = new Set(exercise.wrong.map(({ name }) => name))
  const names = [...files]
    .filter((file) => file.startsWith('wrong/'))
    .map((file) => file.replace(/^wrong\/(.*)\.\w+$/, '$1'))
  for (const name of new Set(names))
    if (!declared.has(name)) problems.push(`wrong/${name} is not listed in exercise.yaml`)
  for (const name of declared) if (!names.includes(name)) problems.push(`the wrong solution ${name} has no file`)
  return { rows, problems }
}

export const rowName = ({ solution, language }: Row) => `${solution} (${language})`

/** Caught is what failed or hung by the submission's doing; a test that threw by itself has caught nothing. */
export const isCaught = ({ outcome, cause }: GradeResult['tests'][number]): boolean =>
  (outcome === 'failed' || outcome === 'timed-out') && cause !== 'judge'

/** The questions that one graded solution answers. */
export function cellsOf(row: Row, result: GradeResult): Cell[] {
  const cell = (deviation: string | null): Cell => ({ row: rowName(row), deviation })
  if (result.verdict === 'internal-error') return [cell(`internal-error (seed ${result.seed}): ${result.incident}`)]
  if (row.solution === 'starter')
    return [cell(result.verdict === 'accepted' ? 'the starter is accepted as it is' : null)]
  if (row.solution !== 'reference')
    return row.killers.map((killer) => {
      const test = result.tests.find(({ name }) => name === killer)
      return cell(
        test && isCaught(test)
          ? null
          : `${killer} must catch it, but ${test?.outcome ?? 'was not run'} (seed ${result.seed})`,
      )
    })
  const missed = result.tests.filter(({ outcome }) => outcome !== 'passed')
  const reasons = missed.map(({ name, outcome, message, detail }) => `${name} ${outcome}: ${message ?? detail ?? ''}`)
  const accepted = result.verdict === 'accepted'
  const verdict = cell(
    accepted ? null : `${result.verdict} (seed ${result.seed}) ${result.error ?? ''} ${reasons.join('; ')}`,
  )
  return [verdict, ...result.tests.filter(({ outcome }) => outcome === 'passed').map(() => cell(null))]
}

/** Tests that catch no wrong solution in any language: each is a defect of the exercise. */
export function idleTests(exercise: Exercise, wrong: { result: GradeResult }[]): string[] {
  const catching = new Set(wrong.flatMap(({ result }) => result.tests.filter(isCaught).map(({ name }) => name)))
  return exercise.tests.map(({ name }) => name).filter((name) => !catching.has(name))
}

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { extensionOf, type Language } from '../graders/exercise.ts'
import type { Graders } from '../graders/grade.ts'
import type { RunResult } from '../graders/run.ts'
import type { CatalogExercise } from '../server/content/exercise-folder.ts'

/** Runs the sample with the reference. `line` is for the matrix; `deviation` says what is not as it should be. */
export async function trySample(
  graders: Graders,
  { exercise, folder }: CatalogExercise,
  language: Language,
  seed: string,
): Promise<{ line: string; deviation: string | null }> {
  const code = readFileSync(join(folder, `reference/solution.${extensionOf[language]}`), 'utf8')
  try {
    const result = await graders.run({ folder, exercise, language, code, seed }, () => {})
    const tables = result.inventory.reduce((sum, engine) => sum + engine.tables.length, 0)
    const line = `sample (${language})  ${result.shown.length} lines, ${tables} tables, ${Math.round(result.timings.totalMs)} ms`
    return { line, deviation: deviationOfSample(result) }
  } catch (error) {
    return { line: `sample (${language})  broke`, deviation: `${error instanceof Error ? error.message : error}` }
  }
}

/** An error is in order where it has one of the exercise's own codes; drivers and languages write theirs otherwise. */
const ownCode = /^[A-Z][A-Z_]+$/
const kitCodes = ['SANDBOX_EXIT', 'BAD_RESULT', 'PROTOCOL', 'LOAD_FAILED']

export function deviationOfSample({ problem, shown }: Pick<RunResult, 'problem' | 'shown'>): string | null {
  if (problem) return `${problem.code}: ${problem.message ?? 'the sample did not come to its end'}`
  const failed = shown.find(
    ({ kind, code }) => kind === 'error' && !(ownCode.test(code ?? '') && !kitCodes.includes(code ?? '')),
  )
  if (failed) return `"${failed.label}" is an error without a code of the exercise: ${failed.text}`
  return shown.some(({ kind }) => kind === 'value') ? null : 'it shows no value'
}

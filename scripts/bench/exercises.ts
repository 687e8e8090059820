import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import {
  type EngineKind,
  type Exercise,
  exercise as exerciseSchema,
  extensionOf,
  type Language,
} from '../../graders/exercise.ts'

/** One exercise for each engine, made for the benchmarks: ten tests without a wait, a write and a check each. */
export type BenchExercise = { folder: string; exercise: Exercise; reference(language: Language): string }

export function benchExercise(kind: EngineKind): BenchExercise {
  const folder = join(import.meta.dirname, 'exercises', `${kind}-notes`)
  return {
    folder,
    exercise: exerciseSchema.parse(parse(readFileSync(join(folder, 'exercise.yaml'), 'utf8'))),
    reference: (language) => readFileSync(join(folder, 'reference', `solution.${extensionOf[language]}`), 'utf8'),
  }
}

import type { Language } from '../../../graders/exercise.ts'
import type { Verdict } from '../../../graders/verdict.ts'
import { benchExercise } from '../exercises.ts'

export type Case = { name: string; exercise: string; language: Language; code: string; verdict: Verdict }

const sum = (name: string, verdict: Verdict, body: string): Case => ({
  name,
  exercise: 'sum-of-two',
  language: 'typescript',
  code: `export const sumOfTwo = ${body}`,
  verdict,
})
const wait = 'await new Promise((done) => setTimeout(done, 400))'

const notes = (kind: 'postgres' | 'redis', language: Language): Case => {
  const { exercise, reference } = benchExercise(kind)
  return { name: exercise.id, exercise: exercise.id, language, code: reference(language), verdict: 'accepted' }
}
/** Every function is there and does nothing. */
const idle = (kind: 'postgres' | 'redis'): Case => {
  const { exercise } = benchExercise(kind)
  const code = exercise.functions.map(({ name }) => `export const ${name} = async () => { throw new Error('idle') }`)
  return { ...notes(kind, 'typescript'), name: `${exercise.id}, idle`, code: code.join('\n'), verdict: 'wrong-answer' }
}

/** What is sent, with the only verdict that is right. */
export const cases: Case[] = [
  sum('right', 'accepted', '(cfg: object, a: number, b: number) => a + b'),
  sum('right and slow', 'accepted', `async (cfg: object, a: number, b: number) => { ${wait}; return a + b }`),
  sum('wrong', 'wrong-answer', '(cfg: object, a: number, b: number) => a - b'),
  sum('wrong and slow', 'wrong-answer', `async (cfg: object, a: number, b: number) => { ${wait}; return a - b }`),
  sum('hangs', 'time-limit', '() => new Promise(() => {})'),
  sum('exits', 'runtime-error', '() => process.exit(3)'),
  sum('is no program', 'compile-error', 'enum E { A }'),
  notes('postgres', 'typescript'),
  notes('postgres', 'python'),
  notes('redis', 'typescript'),
  idle('postgres'),
  idle('redis'),
]

import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { type EngineKind, type Exercise, exercise as exerciseSchema, type Language } from '../exercise.ts'
import type { Verdict } from '../verdict.ts'

/** The verdict that must become of a case; several only where the kernel decides by chance which limit is met first. */
export type Expected = Verdict | Verdict[]

/**
 * Submissions against one small exercise of one engine: those that want out, more, or a verdict which they have not earned,
 * and honest ones that look odd. A case that gets what it is after prints GOT IN.
 */
export type Corpus = {
  folder: string
  exercise: Exercise
  /** File names of all cases. */
  names: string[]
  reference: Record<Language, string>
  submissionOf(name: string): string
}

export const languageOf = (name: string): Language => (name.endsWith('.py') ? 'python' : 'typescript')

export function readCorpus(kind: EngineKind): Corpus {
  const fixtures = fileURLToPath(new URL(`./fixtures/${kind}/`, import.meta.url))
  const folder = `${fixtures}exercise`
  const read = (path: string) => readFileSync(path, 'utf8')
  const reference = {
    typescript: read(`${folder}/reference/solution.ts`),
    python: read(`${folder}/reference/solution.py`),
  }
  return {
    folder,
    exercise: exerciseSchema.parse(parse(read(`${folder}/exercise.yaml`))),
    names: readdirSync(`${fixtures}cases`).sort(),
    reference,
    submissionOf: (name) => completed(name, read(`${fixtures}cases/${name}`), reference),
  }
}

/** A case names only what it does wrong; the functions that it lacks are the reference's. */
function completed(name: string, code: string, reference: Corpus['reference']): string {
  if (languageOf(name) === 'python') return `${reference.python}\n\n${code}`
  const lacks = (block: string) => {
    const own = /^export (?:async )?function (\w+)/.exec(block)?.[1]
    return own === undefined || !new RegExp(`^export (?:async )?(?:function|const) ${own}\\b`, 'm').test(code)
  }
  return `${code}\n${reference.typescript.split('\n\n').filter(lacks).join('\n\n')}`
}

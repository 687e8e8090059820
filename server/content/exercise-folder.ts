import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { type Exercise, exercise, extensionOf, type Language } from '../../graders/exercise.ts'
import { renderMarkdown } from './markdown.ts'
import { type ContentProblem, checked, readYaml } from './problem.ts'

/** One exercise as the server needs it; the graders read suite and solutions from `folder` themselves. */
export type CatalogExercise = {
  exercise: Exercise
  section: string
  /** Absolute. */
  folder: string
  promptHtml: string
  /** In their order; none where the author wrote none. */
  hintsHtml: string[]
  /** For afterwards: what the wrong ways do, what the engine did. Null without explanation.md. */
  explanationHtml: string | null
  starter: Partial<Record<Language, string>>
  solution: Partial<Record<Language, string>>
  hiddenTests: string
  /** Source of what a run does. Null without sample.test.ts. */
  sample: string | null
  /** Over every file of the folder: two verdicts with the same hash came from the same tests. */
  suiteHash: string
}

/** Reads one exercise's folder. A file that is missing or wrong makes the exercise unusable, and says which it was. */
export async function readExerciseFolder(
  folder: string,
  section: string,
): Promise<{ exercise: CatalogExercise } | { problems: ContentProblem[] }> {
  const yamlFile = join(folder, 'exercise.yaml')
  const source = readYaml(yamlFile, await readFile(yamlFile, 'utf8'))
  if ('problems' in source) return source
  const declared = checked(exercise, source)
  if ('problems' in declared) return declared

  const problems: ContentProblem[] = []
  const readIfThere = async (...path: string[]): Promise<string | null> => {
    const file = join(folder, ...path)
    try {
      return await readFile(file, 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
      problems.push({ file, field: null, message: String(error) })
      return ''
    }
  }
  const read = async (...path: string[]): Promise<string> => {
    const text = await readIfThere(...path)
    if (text === null) problems.push({ file: join(folder, ...path), field: null, message: 'this file is missing' })
    return text ?? ''
  }
  const perLanguage = async (part: string) =>
    Object.fromEntries(
      await Promise.all(
        declared.value.languages.map(async (language) => [
          language,
          await read(part, `solution.${extensionOf[language]}`),
        ]),
      ),
    ) as Partial<Record<Language, string>>

  const explanation = await readIfThere('explanation.md')
  const found: CatalogExercise = {
    exercise: declared.value,
    section,
    folder,
    promptHtml: renderMarkdown(await read('prompt.md')),
    hintsHtml: (declared.value.hints ?? []).map(renderMarkdown),
    explanationHtml: explanation === null ? null : renderMarkdown(explanation),
    starter: await perLanguage('starter'),
    solution: await perLanguage('reference'),
    hiddenTests: withFixture(await read('hidden.test.ts'), await readIfThere('fixture.ts')),
    sample: await readIfThere('sample.test.ts'),
    suiteHash: await hashFolder(folder),
  }
  return problems.length > 0 ? { problems } : { exercise: found }
}

/** The suite as it is shown once it may be: it can't be read without what it imports. */
const withFixture = (suite: string, fixture: string | null): string =>
  fixture === null ? suite : `// fixture.ts\n${fixture}\n// hidden.test.ts\n${suite}`

async function hashFolder(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const hash = createHash('sha256')
  for (const file of files.sort()) {
    const content = await readFile(file)
    hash.update(`${relative(folder, file)}\0${content.length}\0`).update(content)
  }
  return hash.digest('hex')
}

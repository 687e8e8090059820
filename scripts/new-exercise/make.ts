import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type EngineKind, exercise as exerciseSchema } from '../../graders/exercise.ts'
import { sectionId } from '../../server/content/schema.ts'

/** For the author; nothing was written. */
export class NewExerciseError extends Error {
  override readonly name = 'NewExerciseError'
  readonly code = 'new-exercise'
}

/** The ending keeps test runners and linters away from what is no program yet. */
const ending = '.txt'
const skeleton = join(import.meta.dirname, 'skeleton')

/** Copies the skeleton to <content>/<chapter>/<section>/<id>/ and resolves with that folder. Nothing that exists is changed. */
export async function makeExercise(
  content: string,
  section: string,
  id: string,
  engine: EngineKind | null,
): Promise<string> {
  if (!sectionId.safeParse(section).success)
    throw new NewExerciseError(`“${section}” is no section: chapter.section, such as 62.1`)
  if (!exerciseSchema.shape.id.safeParse(id).success)
    throw new NewExerciseError(`“${id}” is no id: lower-case words joined by hyphens`)
  const sectionFolder = join(content, section.split('.')[0] ?? '', section)
  const folder = join(sectionFolder, id)
  if (existsSync(folder)) throw new NewExerciseError(`${folder} exists already`)
  const twin = (await readdir(content, { recursive: true })).find((file) => file.endsWith(`${id}/exercise.yaml`))
  if (twin !== undefined) throw new NewExerciseError(`${id} exists already: ${join(content, dirname(twin))}`)

  await makeSection(sectionFolder, section)
  const handle = engine ?? 'none'
  const words: Record<string, string> = {
    id,
    engine: engine ?? '',
    grants: engine === 'postgres' ? 'grants: { postgres: { tables: [select, insert] } }\n' : '',
    useImport: engine === null ? '' : ', use',
    use: engine === null ? '' : `const ${handle} = use.${engine}()\n\n`,
    cfg: engine === null ? '{}' : `${handle}.cfg`,
  }
  for (const entry of await readdir(skeleton, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const source = join(entry.parentPath, entry.name)
    const target = join(folder, source.slice(skeleton.length + 1, -ending.length))
    const text = (await readFile(source, 'utf8')).replace(/\{\{(\w+)\}\}/g, (_, word: string) => words[word] ?? '')
    await mkdir(dirname(target), { recursive: true })
    await writeFile(target, text)
  }
  return folder
}

async function makeSection(folder: string, section: string): Promise<void> {
  if (existsSync(join(folder, 'section.md'))) return
  await mkdir(folder, { recursive: true })
  const matter = `---\nid: '${section}'\ntitle: 'Title of ${section}'\norder: 1\nprerequisites: []\n---\n`
  await writeFile(
    join(folder, 'section.md'),
    `${matter}\n## What this section is about\n\nThe lesson, 400 to 900 words.\n`,
  )
  const card = [
    `section: '${section}'`,
    'cards:',
    `  - id: ${section}-c01`,
    '    kind: basic',
    '    front: One question about one fact?',
    '    back: Its answer.',
    "    source: { title: 'The page that decides', url: 'https://example.org/' }",
  ]
  await writeFile(join(folder, 'cards.yaml'), `${card.join('\n')}\n`)
}

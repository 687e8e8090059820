import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { CardFace } from '../api/contract.ts'
import { type CatalogExercise, readExerciseFolder } from './exercise-folder.ts'
import { faceOf } from './face.ts'
import { renderMarkdown } from './markdown.ts'
import { type ContentProblem, checked, readYaml } from './problem.ts'
import { card, cardsFile, type SectionMatter, sectionMatter } from './schema.ts'

export type CatalogCard = { face: CardFace; concept: string | null }
export type CatalogSection = {
  matter: SectionMatter
  lessonHtml: string
  cards: CatalogCard[]
  exercises: CatalogExercise[]
}
/** What could be read of a folder; `section` is null when section.md itself is unusable. */
type SectionReading = { section: CatalogSection | null; problems: ContentProblem[] }

/** Reads exercises/<chapter>/<section>/. One broken card or exercise does not take the rest of the section with it. */
export async function readSectionFolder(folder: string): Promise<SectionReading> {
  const lesson = await readLesson(join(folder, 'section.md'))
  if ('problems' in lesson) return { section: null, problems: lesson.problems }
  const { matter, lessonHtml } = lesson
  const names = await readdir(folder)
  const cards = names.includes('cards.yaml')
    ? await readCards(join(folder, 'cards.yaml'), matter.id)
    : { cards: [], problems: [] }
  const exercises = await readExercises(folder, matter.id)
  return {
    section: { matter, lessonHtml, cards: cards.cards, exercises: exercises.exercises },
    problems: [...cards.problems, ...exercises.problems],
  }
}

const frontMatter = /^---\r?\n([\s\S]*?)\r?\n---\r?\n?/

async function readLesson(
  file: string,
): Promise<{ matter: SectionMatter; lessonHtml: string } | { problems: ContentProblem[] }> {
  const text = await readFile(file, 'utf8')
  const matched = frontMatter.exec(text)
  if (!matched)
    return { problems: [{ file, field: null, line: 1, message: 'begins with front matter between two lines ---' }] }
  const source = readYaml(file, matched[1] ?? '', 2)
  if ('problems' in source) return source
  const matter = checked(sectionMatter, source)
  if ('problems' in matter) return matter
  return { matter: matter.value, lessonHtml: renderMarkdown(text.slice(matched[0].length)) }
}

/** Each card is checked by itself. */
const looseCardsFile = cardsFile.extend({ cards: z.array(z.unknown()).min(1) })

async function readCards(file: string, section: string): Promise<{ cards: CatalogCard[]; problems: ContentProblem[] }> {
  const source = readYaml(file, await readFile(file, 'utf8'))
  if ('problems' in source) return { cards: [], problems: source.problems }
  const list = checked(looseCardsFile, source)
  if ('problems' in list) return { cards: [], problems: list.problems }
  const problems: ContentProblem[] = []
  if (list.value.section !== section) {
    problems.push(source.problemAt(['section'], `stands in the folder of section ${section}`))
  }
  const cards: CatalogCard[] = []
  for (const [index, candidate] of list.value.cards.entries()) {
    const read = checked(card, source, candidate, ['cards', index])
    if ('problems' in read) problems.push(...read.problems)
    else cards.push({ face: faceOf(read.value, section), concept: read.value.concept ?? null })
  }
  return { cards, problems }
}

async function readExercises(
  folder: string,
  section: string,
): Promise<{ exercises: CatalogExercise[]; problems: ContentProblem[] }> {
  const exercises: CatalogExercise[] = []
  const problems: ContentProblem[] = []
  const entries = await readdir(folder, { withFileTypes: true })
  for (const { name } of entries.filter((entry) => entry.isDirectory()).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const inside = await readdir(join(folder, name))
    // An author's folder in the making, or one with data for a lesson.
    if (!inside.includes('exercise.yaml')) continue
    const read = await readExerciseFolder(join(folder, name), section)
    if ('problems' in read) problems.push(...read.problems)
    else exercises.push(read.exercise)
  }
  return { exercises, problems }
}

import { glob, readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { marked } from 'marked'
import { parse } from 'yaml'
import { cardsFile } from '../schema.ts'

export const root = join(import.meta.dirname, '../../..')

/** A block of code of a lesson, or the code of a predict card. */
export type Code = {
  /** The card's id, or section, language and (from the second block on) number: `62.1-python`, `62.1-python-2`. */
  name: string
  /** What runs it has this name in the section's fixture: `lesson`, `lesson2`, `c07`. */
  presupposes: string
  section: string
  of: 'lesson' | 'card'
  language: 'python' | 'typescript' | 'sql' | 'redis' | 'json' | 'text'
  text: string
  /** A card's answer. A lesson has its own in comments. */
  output: string | null
}
export type Lesson = { section: string; folder: string; words: number; code: Code[] }

const languages: Record<string, Code['language']> = { python: 'python', ts: 'typescript', text: 'text' }

/** Every lesson of the course with its code and that of its cards. An indented block or one of text is a picture, not code. */
export async function readCourse(): Promise<Lesson[]> {
  const files = await Array.fromAsync(glob(join(root, 'exercises/*/*/section.md')))
  return Promise.all(files.sort().map(readLesson))
}

async function readLesson(file: string): Promise<Lesson> {
  const folder = dirname(file)
  const section = basename(folder)
  const lesson = (await readFile(file, 'utf8')).replace(/^---[\s\S]*?\n---\n/, '')
  const code: Code[] = []
  const seen = new Map<string, number>()
  for (const token of marked.lexer(lesson)) {
    if (token.type !== 'code' || token.codeBlockStyle === 'indented') continue
    const language = languages[token.lang]
    if (!language) throw new Error(`${file}: nobody checks a block of ${token.lang}`)
    if (language === 'text') continue
    const nth = (seen.get(language) ?? 0) + 1
    seen.set(language, nth)
    code.push({
      name: `${section}-${language}${nth > 1 ? `-${nth}` : ''}`,
      presupposes: `lesson${nth > 1 ? nth : ''}`,
      section,
      of: 'lesson',
      language,
      text: token.text,
      output: null,
    })
  }
  const { cards } = cardsFile.parse(parse(await readFile(join(folder, 'cards.yaml'), 'utf8')))
  for (const card of cards) {
    if (card.kind !== 'predict') continue
    const presupposes = card.id.replace(`${section}-`, '').replaceAll(/\W/g, '_')
    const { id, language, code: text, output } = card
    code.push({ name: id, presupposes, section, of: 'card', language, text, output })
  }
  return { section, folder, words: lesson.split(/\s+/).length, code }
}

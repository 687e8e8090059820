import { execFile } from 'node:child_process'
import { glob, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import Docker from 'dockerode'
import { marked } from 'marked'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { prepareImages } from '../../graders/images/images.ts'
import { cardsFile } from './schema.ts'

/** The course's lessons, and the code in them and on its cards: all of it is checked, what needs no server and no driver is run. */

const root = join(import.meta.dirname, '../..')
const run = promisify(execFile)

type Lesson = { section: string; words: number }
type Code = { name: string; of: 'lesson' | 'card'; language: string; text: string; output: string | null }

const lessons: Lesson[] = []
const code: Code[] = []
for await (const file of glob(join(root, 'exercises/*/*/section.md'))) {
  const section = basename(dirname(file))
  const lesson = (await readFile(file, 'utf8')).replace(/^---[\s\S]*?\n---\n/, '')
  lessons.push({ section, words: lesson.split(/\s+/).length })
  // An indented block is a picture.
  for (const [index, token] of marked.lexer(lesson).entries())
    if (token.type === 'code' && token.codeBlockStyle !== 'indented')
      code.push({
        name: `${section}-${token.lang}-${index}`,
        of: 'lesson',
        language: token.lang,
        text: token.text,
        output: null,
      })
  const { cards } = cardsFile.parse(parse(await readFile(join(dirname(file), 'cards.yaml'), 'utf8')))
  for (const card of cards)
    if (card.kind === 'predict')
      code.push({ name: card.id, of: 'card', language: card.language, text: card.code, output: card.output })
}
const python = code.filter(({ language }) => language === 'python')
const typescript = code.filter(({ language }) => language === 'ts' || language === 'typescript')

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drillbase-code-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** A lesson says in a comment what a line prints. A card has it as its answer. */
function expectPrinted({ of, text, output }: Code, printed: string) {
  if (of === 'card') expect(printed.trim()).toBe(output?.trim())
  else for (const line of printed.trim().split('\n')) expect(text).toMatch(commentOf(line))
}
const commentOf = (line: string) => new RegExp(`(#|//) ${RegExp.escape(line)}(, |$)`, 'm')

test.each(lessons)('the lesson of $section has 400 to 900 words and both languages', (lesson) => {
  expect(lesson.words).toBeGreaterThanOrEqual(400)
  expect(lesson.words).toBeLessThanOrEqual(900)
  const languages = code.filter(({ of, name }) => of === 'lesson' && name.startsWith(`${lesson.section}-`))
  expect(languages.map(({ language }) => language)).toEqual(expect.arrayContaining(['python', 'ts']))
})

test('what nobody can check without a server is neither Python nor TypeScript', () => {
  const unchecked = code.filter((one) => !python.includes(one) && !typescript.includes(one))
  const kinds = new Set(unchecked.map(({ of, language }) => `${of}: ${language}`))
  expect([...kinds].sort()).toEqual(['card: json', 'card: redis', 'card: sql', 'card: text', 'lesson: text'])
})

describe('Python', () => {
  let results: Record<string, { error: string | null; output: string | null }>

  beforeAll(async () => {
    const docker = new Docker()
    const images = await prepareImages(docker, { only: ['runner-python'], onProgress: () => {} })
    const texts = Object.fromEntries(python.map((one) => [one.name, one.text]))
    await writeFile(join(folder, 'code.json'), JSON.stringify(texts))
    const [stdout, stderr] = [new PassThrough(), new PassThrough()]
    const [printed, complaints] = [text(stdout), text(stderr)]
    const reference = images.get('runner-python')?.reference ?? ''
    const [, container] = await docker.run(reference, [], [stdout, stderr], {
      Entrypoint: ['python3', '-W', 'error', '/check/check-python.py', '/code/code.json'],
      User: '0',
      Tty: false,
      Labels: { 'org.drillbase': '1' },
      HostConfig: {
        NetworkMode: 'none',
        Binds: [`${folder}:/code:ro`, `${join(import.meta.dirname, 'fixtures')}:/check:ro`],
      },
    })
    await container.remove()
    expect(await complaints).toBe('')
    results = JSON.parse(await printed)
  })

  test.each(python)('$of $name compiles, and prints what it says where it needs nothing', (one) => {
    const { error, output } = results[one.name] ?? { error: 'not checked', output: null }
    expect(error).toBe(null)
    if (output !== null) expectPrinted(one, output)
  })

  test('some of it needs nothing', () => {
    expect(Object.values(results).filter(({ output }) => output !== null)).not.toEqual([])
  })
})

describe('TypeScript', () => {
  /** What tsc finds, by the name of the code. */
  let errors: Map<string, { code: string; message: string }[]>

  beforeAll(async () => {
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
    // The one driver that the program does without.
    await writeFile(join(folder, 'dax.d.ts'), "declare module '@amazon-dax-sdk/lib-dax'\n")
    for (const { name, text } of typescript) await writeFile(join(folder, `${name}.mts`), `${text}\nexport {}\n`)
    const options = { extends: join(root, 'tsconfig.json'), include: ['*.mts', '*.d.ts'], exclude: [] }
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(options))
    const tsc = run(join(root, 'node_modules/.bin/tsc'), ['--pretty', 'false'], { cwd: folder })
    const { stdout } = await tsc.catch((error: { stdout: string }) => error)
    const found = [...stdout.matchAll(/^(?:(.+)\.mts\(\d+,\d+\): )?error (TS\d+): (.*)$/gm)]
    errors = new Map()
    for (const [line, name, code = '', message = ''] of found) {
      if (!name) throw new Error(line)
      errors.set(name, [...(errors.get(name) ?? []), { code, message }])
    }
  })

  /** A card leaves out what its question tells of: no such name, and so no type for what comes from it. */
  const ofMissingNames = ['TS2304', 'TS7006']

  test.each(typescript)('$of $name has the right types', ({ name, of }) => {
    const found = errors.get(name) ?? []
    expect(of === 'card' ? found.filter(({ code }) => !ofMissingNames.includes(code)) : found).toEqual([])
  })

  test('what needs nothing prints what it says', async () => {
    const imports = /^import .* from '(?!node:)/m
    const alone = typescript.filter(({ name, text }) => !errors.has(name) && !imports.test(text))
    expect(alone).not.toEqual([])
    for (const one of alone) expectPrinted(one, (await run(process.execPath, [join(folder, `${one.name}.mts`)])).stdout)
  })
})

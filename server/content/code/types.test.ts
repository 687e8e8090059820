import { execFile } from 'node:child_process'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readCourse, root } from './course-code.ts'

/** The course's lessons, and the types of their TypeScript and that of the cards. */

const lessons = await readCourse()
const typescript = lessons.flatMap(({ code }) => code.filter(({ language }) => language === 'typescript'))

test.each(lessons)('the lesson of $section has 400 to 900 words and both languages', ({ words, code }) => {
  expect(words).toBeGreaterThanOrEqual(400)
  expect(words).toBeLessThanOrEqual(900)
  const languages = code.filter(({ of }) => of === 'lesson').map(({ language }) => language)
  expect(languages).toEqual(expect.arrayContaining(['python', 'typescript']))
})

/** For a machine that is busy with something else. */
const compilerMs = 120_000
/** What tsc finds, by the name of the code. */
const errors = new Map<string, { code: string; message: string }[]>()
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drillbase-types-'))
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  // The one driver that the program does without.
  await writeFile(join(folder, 'dax.d.ts'), "declare module '@amazon-dax-sdk/lib-dax'\n")
  for (const { name, text } of typescript) await writeFile(join(folder, `${name}.mts`), `${text}\nexport {}\n`)
  const options = { extends: join(root, 'tsconfig.json'), include: ['*.mts', '*.d.ts'], exclude: [] }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(options))
  const tsc = promisify(execFile)(join(root, 'node_modules/.bin/tsc'), ['--pretty', 'false'], { cwd: folder })
  const { stdout } = await tsc.catch((error: { stdout: string }) => error)
  const found = [...stdout.matchAll(/^(?:(.+)\.mts\(\d+,\d+\): )?error (TS\d+): (.*)$/gm)]
  for (const [line, name, code = '', message = ''] of found) {
    if (!name) throw new Error(line)
    errors.set(name, [...(errors.get(name) ?? []), { code, message }])
  }
}, compilerMs)
afterAll(() => rm(folder, { recursive: true }))

/** A card leaves out what its question tells of: no such name, and so no type for what comes from it. */
const ofMissingNames = ['TS2304', 'TS7006']

test.each(typescript)('$of $name has the right types', ({ name, of }) => {
  const found = errors.get(name) ?? []
  expect(of === 'card' ? found.filter(({ code }) => !ofMissingNames.includes(code)) : found).toEqual([])
})

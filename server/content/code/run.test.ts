import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { unlikeItsClaims } from './claims.ts'
import { type Code, readCourse } from './course-code.ts'
import { type CourseEngines, openCourseEngines } from './engines.ts'
import { notRun } from './not-run.ts'

/** The code of the course, run against real engines: it runs, and prints what the lesson or the card says. */

const lessons = await readCourse()
const code = lessons.flatMap((lesson) => lesson.code)
const isRun = ({ name }: Code) => !(name in notRun)
const typescript = code.filter((one) => one.language === 'typescript' && isRun(one))
/** SQL and the like too, which a Python fixture hands to its engine. Python that is not run is compiled at least. */
const python = code.filter((one) => one.language === 'python' || (one.language !== 'typescript' && isRun(one)))
type Results = Record<string, { error: string | null; printed?: string | null }>

let engines: CourseEngines
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drillbase-code-'))
  engines = await openCourseEngines()
})
afterAll(async () => {
  await engines?.close()
  await rm(folder, { recursive: true, force: true })
})

/** A folder with the code and the fixtures of all sections. */
async function laidOut(pieces: Code[], extension: 'py' | 'ts'): Promise<string> {
  const laid = join(folder, extension)
  await mkdir(laid)
  await writeFile(join(laid, 'code.json'), JSON.stringify(pieces.map((one) => ({ ...one, run: isRun(one) }))))
  for (const lesson of lessons) {
    // Node takes .mts for a module without being told.
    const copy = join(laid, `${lesson.section}.fixture.${extension === 'ts' ? 'mts' : extension}`)
    await copyFile(join(lesson.folder, `fixture.${extension}`), copy).catch(unlessMissing)
  }
  return laid
}
function unlessMissing(error: NodeJS.ErrnoException) {
  if (error.code !== 'ENOENT') throw error
}

const runners = `${join(import.meta.dirname, 'fixtures')}:/run-code:ro`
function expectClaims(one: Code, results: Results) {
  const { error, printed } = results[one.name] ?? { error: 'it was not run' }
  expect(error).toBe(null)
  if (isRun(one)) expect(unlikeItsClaims(one, printed ?? '')).toBe(null)
}
const strangers = (results: Results) =>
  Object.entries(results).filter(([name]) => !code.some((one) => one.name === name))

test('what is not run is code of the course, and has a reason', () => {
  expect(Object.keys(notRun).filter((name) => !code.some((one) => one.name === name))).toEqual([])
})

describe('Python', () => {
  let results: Results
  beforeAll(async () => {
    const laid = await laidOut(python, 'py')
    const command = ['python3', '-B', '-X', 'utf8', '/run-code/run-python.py']
    results = JSON.parse(await engines.run('runner-python', command, [`${laid}:/code:ro`, runners]))
  })

  test.each(python)('$of $name does what it says', (one) => expectClaims(one, results))
  test('every fixture belongs to some code', () => expect(strangers(results)).toEqual([]))
})

describe('TypeScript', () => {
  let results: Results
  beforeAll(async () => {
    const laid = await laidOut(typescript, 'ts')
    for (const { name, text } of typescript) await writeFile(join(laid, `${name}.mts`), `${text}\nexport {}\n`)
    // The one driver that the program does without. A lesson that uses it goes to the table where it has no cluster.
    const dax = join(laid, 'node_modules/@amazon-dax-sdk/lib-dax')
    await mkdir(dax, { recursive: true })
    await writeFile(join(dax, 'index.js'), 'exports.DaxDocument = class {}\n')
    const command = ['node', '--disable-warning=ExperimentalWarning', '/run-code/run-typescript.ts']
    results = JSON.parse(await engines.run('runner-node', command, [`${laid}:/code:ro`, runners]))
  })

  test.each(typescript)('$of $name does what it says', (one) => expectClaims(one, results))
  test('every fixture belongs to some code', () => expect(strangers(results)).toEqual([]))
})

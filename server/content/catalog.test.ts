import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Catalog, openCatalog } from './catalog.ts'
import type { Snapshot } from './snapshot.ts'

const fixture = join(import.meta.dirname, 'fixtures', 'course')
let course: string
let catalog: Catalog | undefined
let log: string[]
let snapshots: Snapshot[]

beforeEach(async () => {
  course = await mkdtemp(join(tmpdir(), 'drillbase-content-'))
  await cp(fixture, course, { recursive: true })
  log = []
  snapshots = []
})
afterEach(async () => {
  catalog?.close()
  catalog = undefined
  await rm(course, { recursive: true })
})

async function open(folders = [course]): Promise<Catalog> {
  catalog = await openCatalog(
    folders,
    async (snapshot) => void snapshots.push(snapshot),
    (line) => log.push(line),
  )
  return catalog
}

/** Resolves when a snapshot after the first fulfils the condition; the test's own deadline ends the wait. */
async function until(condition: (snapshot: Snapshot) => boolean): Promise<Snapshot> {
  for (;;) {
    const found = snapshots.slice(1).find(condition)
    if (found) return found
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const change = async (path: string, edit: (text: string) => string) =>
  writeFile(join(course, path), edit(await readFile(join(course, path), 'utf8')))

describe('what is read', () => {
  test('sections in course order, cards of every kind before the exercises', async () => {
    const { snapshot } = await open()
    expect(log).toEqual([])
    expect(snapshot.sections.map(({ matter }) => matter.id)).toEqual(['90.1', '90.2'])
    expect([...snapshot.items.keys()]).toEqual([
      ...[1, 2, 3, 4, 5].map((n) => `card:90.1-c0${n}`),
      'exercise:sum-of-two',
      'card:90.2-c01',
      'exercise:difference-of-two',
    ])
    const kinds = snapshot.sections[0]?.cards.map(({ face }) => face.kind)
    expect(kinds).toEqual(['basic', 'cloze', 'choice', 'typed', 'predict'])
  })

  test('cards of one concept are siblings, a card without one has none', async () => {
    const { items } = (await open()).snapshot
    expect(items.get('card:90.1-c02')?.siblings).toBe(items.get('card:90.1-c03')?.siblings)
    expect(items.get('card:90.1-c01')?.siblings).toBe('card:90.1-c01')
  })

  test('an exercise comes with prompt, starters, solutions and hidden tests', async () => {
    const exercise = (await open()).snapshot.exerciseById.get('sum-of-two')
    expect(exercise?.promptHtml).toContain('<code>sumOfTwo(cfg, a, b)</code>')
    expect(exercise?.starter.python).toContain('raise NotImplementedError')
    expect(exercise?.solution.typescript).toContain('return a + b')
    expect(exercise?.hiddenTests).toContain('small_numbers')
  })

  test('the suite hash changes with any file of the exercise and with nothing else', async () => {
    const hashOf = async () => (await open()).snapshot.exerciseById.get('sum-of-two')?.suiteHash
    const before = await hashOf()
    catalog?.close()
    await change('90/90.1/section.md', (text) => `${text}\nMore.`)
    expect(await hashOf()).toBe(before)
    catalog?.close()
    await change('90/90.1/sum-of-two/hidden.test.ts', (text) => `${text}\n`)
    expect(await hashOf()).not.toBe(before)
  })
})

describe('what is wrong', () => {
  test('a broken card is named by file, line and field; the other cards stay', async () => {
    await change('90/90.1/cards.yaml', (text) => text.replace('answers: [sum, SUM()]', 'answers: []'))
    const { snapshot } = await open()
    expect(snapshot.items.has('card:90.1-c04')).toBe(false)
    expect(snapshot.items.size).toBe(7)
    expect(snapshot.problems).toMatchObject([
      { file: join(course, '90/90.1/cards.yaml'), field: 'cards[3].answers', line: 26 },
    ])
    expect(log[0]).toMatch(/cards\.yaml:26 cards\[3\]\.answers: /)
  })

  test('a missing field is placed where its card begins', async () => {
    await change('90/90.1/cards.yaml', (text) => text.replace('    back: "`0`"\n', ''))
    const { problems } = (await open()).snapshot
    expect(problems).toMatchObject([{ field: 'cards[0].back', line: 3 }])
  })

  test('YAML that cannot be parsed costs that file only', async () => {
    await change('90/90.1/cards.yaml', (text) => `${text}\n  - {`)
    await change('90/90.2/section.md', (text) => text.replace('order: 9020', 'order: [9020'))
    const { snapshot } = await open()
    expect([...snapshot.items.keys()]).toEqual(['exercise:sum-of-two'])
    expect(snapshot.problems.map(({ file }) => file.slice(course.length + 1))).toEqual(
      expect.arrayContaining(['90/90.1/cards.yaml', '90/90.2/section.md']),
    )
  })

  test('an exercise without its prompt or with a killer that is no test is left out', async () => {
    await rm(join(course, '90/90.2/difference-of-two/prompt.md'))
    await change('90/90.1/sum-of-two/exercise.yaml', (text) => text.replace('[small_numbers]', '[large_numbers]'))
    const { snapshot } = await open()
    expect(snapshot.exerciseById.size).toBe(0)
    expect(snapshot.problems.map(({ message }) => message)).toEqual([
      'no test is named large_numbers',
      'this file is missing',
    ])
  })

  test('an id that is used twice counts once', async () => {
    await change('90/90.2/cards.yaml', (text) => text.replace('90.2-c01', '90.1-c01'))
    const { snapshot } = await open()
    expect(snapshot.items.get('card:90.1-c01')?.section).toBe('90.1')
    expect(snapshot.problems).toMatchObject([{ field: 'id', message: '90.1-c01 is used elsewhere already' }])
  })

  test('a folder that is not there is a problem, not an end', async () => {
    const { snapshot } = await open([join(course, 'nowhere'), course])
    expect(snapshot.items.size).toBe(8)
    expect(snapshot.problems).toHaveLength(1)
  })
})

describe('what changes while the server runs', () => {
  test('a new section shows', async () => {
    await open()
    const folder = join(course, '91', '91.1')
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, 'section.md'), '---\nid: "91.1"\ntitle: Later\norder: 9110\n---\nText.')
    await until(({ sectionById }) => sectionById.has('91.1'))
  })

  test('a card that is edited, broken and mended shows, and the break is said once', async () => {
    const { snapshot: first } = await open()
    await change('90/90.2/cards.yaml', (text) => text.replace('What undoes', 'What takes back'))
    const edited = await until(({ items }) => JSON.stringify(items.get('card:90.2-c01')).includes('takes back'))
    expect(edited).not.toBe(first)
    await change('90/90.2/cards.yaml', (text) => text.replace('kind: basic', 'kind: basics'))
    await until(({ problems }) => problems.length === 1)
    await change('90/90.2/cards.yaml', (text) => text.replace('kind: basics', 'kind: basic'))
    await until(({ items, problems }) => problems.length === 0 && items.has('card:90.2-c01') && snapshots.length > 3)
    expect(log).toHaveLength(1)
  })
})

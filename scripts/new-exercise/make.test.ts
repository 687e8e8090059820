import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readSectionFolder } from '../../server/content/section-folder.ts'
import { makeExercise } from './make.ts'

let content: string
beforeEach(async () => {
  content = await mkdtemp(join(tmpdir(), 'drillbase-new-'))
})
afterEach(() => rm(content, { recursive: true }))

test.each([null, 'postgres', 'mongodb', 'redis', 'dynamodb'] as const)(
  'a new section with an exercise on %s reads without a complaint',
  async (engine) => {
    const folder = await makeExercise(content, '91.2', 'first-steps', engine)
    const { section, problems } = await readSectionFolder(join(content, '91', '91.2'))
    expect(problems).toEqual([])
    expect(section?.exercises.map(({ exercise }) => [exercise.id, exercise.engines])).toEqual([
      ['first-steps', engine === null ? [] : [engine]],
    ])
    expect(section?.cards).toHaveLength(1)
    for (const file of await readdir(folder, { recursive: true, withFileTypes: true }))
      if (file.isFile()) expect(await readFile(join(file.parentPath, file.name), 'utf8')).not.toContain('{{')
  },
)

test('what exists stays as it is: the folder, another section’s exercise of that name, the section itself', async () => {
  await makeExercise(content, '91.2', 'first-steps', null)
  await expect(makeExercise(content, '91.2', 'first-steps', null)).rejects.toMatchObject({ code: 'new-exercise' })
  await expect(makeExercise(content, '91.3', 'first-steps', null)).rejects.toThrow('exists already')
  await makeExercise(content, '91.2', 'second-steps', null)
  expect((await readdir(join(content, '91', '91.2'))).sort()).toEqual([
    'cards.yaml',
    'first-steps',
    'second-steps',
    'section.md',
  ])
})

test('a section or an id that no folder may have is refused before anything is written', async () => {
  await expect(makeExercise(content, '91', 'first-steps', null)).rejects.toThrow('no section')
  await expect(makeExercise(content, '91.2', 'First Steps', null)).rejects.toThrow('no id')
  expect(await readdir(content)).toEqual([])
})

import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Exercise } from './contract.ts'
import { startTestServer, type TestServer } from './test-server.ts'

let server: TestServer
beforeEach(async () => {
  server = await startTestServer()
})
afterEach(() => server.close())

const dayMs = 86_400_000
const exercise = async (id = 'sum-of-two'): Promise<Exercise> =>
  (await server.api.exercises[':id'].$get({ param: { id } })).json() as Promise<Exercise>
const giveUp = async () =>
  (await server.api.exercises[':id']['give-up'].$post({ param: { id: 'sum-of-two' } })).json() as Promise<{
    solution: Record<string, string>
    review: { rating: string; dueAt: string } | null
  }>

test('before it is solved an exercise shows task, starters and test names, and nothing that is hidden', async () => {
  const shown = await exercise()
  expect(shown).toMatchObject({ status: 'new', languages: ['typescript', 'python'], solution: null, hiddenTests: null })
  expect(shown.tests).toEqual([{ name: 'small_numbers' }, { name: 'negative_numbers' }])
  expect(shown.starter.python).toContain('raise NotImplementedError')
  const text = JSON.stringify(shown)
  for (const hidden of ['return a + b', 'random.int', 'paper', 'absolute values']) expect(text).not.toContain(hidden)
})

test('giving up shows the solution and rates it Again, once', async () => {
  const first = await giveUp()
  expect(first.solution.typescript).toContain('return a + b')
  expect(first.review).toMatchObject({ rating: 'again', dueAt: '2026-03-03T04:00:00.000Z' })
  expect((await giveUp()).review).toBeNull()
  expect((await exercise()).hiddenTests).toContain('random.int')
})

test('once it is due again the solution is hidden again, until the next end', async () => {
  await giveUp()
  server.clock.now += dayMs
  expect(await exercise()).toMatchObject({ due: true, solution: null, hiddenTests: null })
  expect((await giveUp()).review).toMatchObject({ rating: 'again' })
  expect((await exercise()).solution).not.toBeNull()
})

test('a locked exercise says so and may still be opened', async () => {
  expect(await exercise('difference-of-two')).toMatchObject({
    unlocked: false,
    promptHtml: expect.stringContaining('a - b'),
  })
})

test('sections list what they hold, and one shows lesson, cards and exercises without script', async () => {
  const { sections } = await (await server.api.sections.$get()).json()
  expect(sections).toMatchObject([
    { id: '90.1', cards: { total: 5, new: 5 }, exercises: { total: 1, solved: 0 }, mastery: 0, unlocked: true },
    { id: '90.2', unlocked: false },
  ])
  const section = await (await server.api.sections[':id'].$get({ param: { id: '90.1' } })).json()
  expect(section).toMatchObject({ cardList: { length: 5 }, exerciseList: [{ id: 'sum-of-two', status: 'new' }] })
  expect(JSON.stringify(section)).not.toMatch(/<script|javascript:|onclick/)
})

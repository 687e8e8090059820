import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkImports } from './import-rules.ts'

const { files, problems } = checkImports(join(import.meta.dirname, '../fixtures/forbidden-imports'))

test('every file of the fixture is read', () => {
  expect(files).toBe(6)
})

test.each([
  [
    'a type that the verdict takes from a neighbour',
    'graders/verdict.ts imports graders/exercise.ts: not for the verdict',
  ],
  ['a grader that exports from the server', 'graders/grade.ts imports server/api/answer.ts: not for a grader'],
  ['drizzle outside the store', 'server/api/answer.ts imports drizzle-orm: only server/store imports drizzle'],
  ['ts-fsrs outside the scheduler', 'web/page.ts imports ts-fsrs: the scheduler alone knows ts-fsrs'],
  ['a page that loads the server when it needs it', 'web/page.ts imports server/api/answer.ts: not for the page'],
  ['a circle', 'server/api/answer.ts -> server/api/other.ts -> server/api/answer.ts'],
])('%s is found', (_what, problem) => {
  expect(problems).toContain(problem)
})

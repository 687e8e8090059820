import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { EngineKind } from '../../graders/exercise.ts'
import type { Traffic } from '../../graders/traffic.ts'
import { openCatalog } from '../../server/content/catalog.ts'
import { localLearner } from '../../server/learning/learner.ts'
import { exerciseRating } from '../../server/learning/rate-exercise.ts'
import { openStore } from '../../server/store/open.ts'
import type { Store } from '../../server/store/store.ts'
import { desktop, openBrowser, openTab, phone } from './browser.ts'
import { inspect } from './inspect.ts'
import { buildPage, openServer, type RunningServer } from './server.ts'

/** Hints, figures beside the reference's, and a corrected rating: the test writes what a grading process would write. */

const id = 'redis-leaderboard'
const course = join(import.meta.dirname, '../../exercises')
let browser: Browser
let server: RunningServer
let store: Store
let suiteHash: string
beforeAll(async () => {
  await buildPage()
  ;[browser, server] = await Promise.all([openBrowser(), openServer({ workers: 0 })])
  store = await openStore({ dataDir: server.dataDir })
  const catalog = await openCatalog(
    [course],
    async () => {},
    () => {},
  )
  suiteHash = catalog.snapshot.exerciseById.get(id)?.suiteHash ?? expect.fail()
  catalog.close()
})
afterAll(async () => {
  await store.close()
  await browser.close()
  await server.close()
})

/** To be looked at by a person; only where somebody asks for pictures. */
async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.DRILLBASE_PICTURES
  if (!folder) return
  mkdirSync(folder, { recursive: true })
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true })
}

const figures = (more: Partial<Traffic> = {}): Traffic => ({
  connections: 11,
  openAtOnce: 3,
  statements: 1_420,
  roundTrips: 260,
  waitingMs: 640,
  bytesUp: 91_000,
  bytesDown: 48_000,
  capacity: null,
  ...more,
})

async function graded(verdict: 'accepted' | 'wrong-answer', kind: EngineKind, own: Traffic): Promise<string> {
  const learner = await localLearner(store)
  const submissionId = randomUUID()
  const now = Date.now()
  await store.submissions.create({
    id: submissionId,
    learnerId: learner.id,
    exerciseId: id,
    language: 'python',
    code: 'def submit(): pass\n',
    activeMs: 60_000,
    seed: 'seed',
    createdAt: now,
  })
  const { fence } = (await store.submissions.claim(now, 60_000, null)) ?? expect.fail()
  const passed = { name: 'matches_a_model_with_ties', outcome: 'passed', message: null, hint: null, ms: 120 }
  const failed = {
    name: 'hostile_names_are_members',
    outcome: 'failed',
    message: "ValueError: no such player\nrank (solution.py:12)\ncaused by KeyError: 'x'\nlook_up (solution.py:31)",
    hint: 'A name is data, byte for byte.',
    ms: 31,
  }
  const result = {
    tests: verdict === 'accepted' ? [passed] : [passed, failed],
    output: 'printed by the submission\n',
    outputTruncated: false,
    error: null,
    timings: { slotMs: 40, loadMs: 60, testsMs: 800, totalMs: 900 },
    engines: [{ kind, product: 'Redis 8.0.2' }],
    traffic: { [kind]: own },
  }
  const rating =
    verdict === 'accepted'
      ? exerciseRating(learner, id, 'good', now, {
          id: submissionId,
          origin: 'grading',
          submissionId,
          durationMs: 60_000,
        })
      : undefined
  const outcome = { verdict, result, operatorLog: null, suiteHash, finishedAt: now }
  await store.submissions.finish(submissionId, fence, outcome, rating)
  return submissionId
}

describe.each([
  ['phone light', { ...phone, colorScheme: 'light' as const }],
  ['desk dark', { ...desktop, colorScheme: 'dark' as const }],
  ['phone dark', { ...phone, colorScheme: 'dark' as const }],
  ['desk light', { ...desktop, colorScheme: 'light' as const }],
])('%s', (look, options) => {
  test('figures stand beside those of the reference, and what is telling is said in words', async () => {
    await store.references.save({
      ...{ exerciseId: id, language: 'python', suiteHash, measuredAt: 1 },
      traffic: { redis: figures() },
    })
    const submission = await graded(
      'wrong-answer',
      'redis',
      figures({ statements: 5_300, roundTrips: 5_290, waitingMs: 2_600 }),
    )
    const { page, problems, close } = await openTab(browser, server.url, { ...options, reducedMotion: 'reduce' })
    await page.goto(`/submissions/${submission}`)
    const table = page.getByRole('table', { name: 'What Redis 8.0.2 saw' })
    const row = (name: RegExp) => table.getByRole('row', { name })
    expect(await row(/^Commands/).textContent()).toMatch(/One question a row\?.*5300.*1420/)
    expect(await row(/^Round trips/).textContent()).toBe('Round trips5290260')
    expect(await table.locator('.telling').count()).toBe(2)
    await page.getByText('look_up (solution.py:31)').waitFor()
    expect(await inspect(page)).toEqual([])
    expect(problems).toEqual([])
    await picture(page, `figures ${look}`)
    await close()
  })
})

test('a run that was cut short, and one of another suite, are compared with nothing', async () => {
  const submission = await graded('wrong-answer', 'redis', figures())
  await store.references.save({
    ...{ exerciseId: id, language: 'python', suiteHash: 'another', measuredAt: 1 },
    traffic: { redis: figures() },
  })
  const { page, close } = await openTab(browser, server.url)
  await page.goto(`/submissions/${submission}`)
  const table = page.getByRole('table', { name: 'What Redis 8.0.2 saw' })
  await table.getByRole('columnheader', { name: 'Yours' }).waitFor()
  expect(await table.getByRole('columnheader', { name: 'Reference' }).count()).toBe(0)
  await close()
})

test('hints come step by step, their price before them, and stay after a reload; afterwards all is explained', async () => {
  const { page, problems, close } = await openTab(browser, server.url, { ...phone, reducedMotion: 'reduce' })
  const exercise = 'mongo-seat-hold'
  await page.goto(`/exercises/${exercise}`)
  await page.getByText('With a hint the best rating this time is Hard.').waitFor()
  await picture(page, 'hints before')
  const button = page.getByRole('button', { name: /^Show hint/ })
  await button.focus()
  await page.keyboard.press('Enter')
  await page.locator('#hint-1:focus').waitFor()
  expect(await page.locator('#hint-1').textContent()).toContain('Count the writes')
  await page.getByText('Costs nothing more.').waitFor()
  await page.reload()
  await page.locator('#hint-1').waitFor()
  expect(await page.locator('#hint-2').count()).toBe(0)
  for (const step of [2, 3]) {
    await button.click()
    await page.locator(`#hint-${step}`).waitFor()
  }
  expect(await button.count()).toBe(0)
  expect(await inspect(page)).toEqual([])
  await picture(page, 'hints all')

  await page.getByRole('button', { name: 'Give up…' }).click()
  await page.getByRole('button', { name: 'Show the solution' }).click()
  await page.getByRole('heading', { name: 'What the engine did' }).waitFor()
  await page.getByText('A show is one document').waitFor()
  expect(await inspect(page)).toEqual([])
  expect(problems).toEqual([])
  await picture(page, 'explanation phone')
  await page.setViewportSize({ width: 1280, height: 900 })
  await picture(page, 'explanation desk')
  await close()
})

test('a rating can be corrected where the verdict stands, by keyboard, and the schedule follows', async () => {
  const submission = await graded('accepted', 'redis', figures())
  const { page, problems, close } = await openTab(browser, server.url, { ...desktop, reducedMotion: 'reduce' })
  await page.goto(`/submissions/${submission}`)
  await page.getByText(/^Rated Good, due again/).waitFor()
  await page.getByRole('button', { name: 'Change…' }).focus()
  await page.keyboard.press('Enter')
  const group = page.getByRole('group', { name: 'How did it really go?' })
  expect(await group.getByRole('button', { pressed: true }).textContent()).toBe('Good')
  await picture(page, 'correction')
  expect(await inspect(page)).toEqual([])
  await group.getByRole('button', { name: 'Again' }).click()
  await page.getByText(/^Rated Again, due again/).waitFor()
  expect(await store.reviews.bySubmission(submission)).toMatchObject({ rating: 'again', origin: 'grading' })
  await page.reload()
  await page.getByText(/^Rated Again, due again/).waitFor()
  expect(problems).toEqual([])
  await close()
})

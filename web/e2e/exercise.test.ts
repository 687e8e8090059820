import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { openBrowser, openTab, type Tab } from './browser.ts'
import { buildPage, openServer, type RunningServer } from './server.ts'

const exercise = 'pg-ledger-transfer'
const folder = join(import.meta.dirname, '../../exercises/62/62.1', exercise)
const readyMs = 280_000
const gradedMs = 90_000

let browser: Browser
let server: RunningServer
let tab: Tab

beforeAll(async () => {
  await buildPage()
  browser = await openBrowser()
  server = await openServer({ workers: 1 })
  // The page itself says when exercises can be graded, and on what.
  const { page, close } = await openTab(browser, server.url)
  await page.goto('/')
  await page.getByText(/^Exercises run on .*PostgreSQL/).waitFor({ timeout: readyMs })
  await close()
})
afterAll(async () => {
  await browser.close()
  await server.close()
})
beforeEach(async () => {
  tab = await openTab(browser, server.url)
})
afterEach(() => tab.close())

const code = (file: string) => readFile(join(folder, file), 'utf8')

const editor = () => tab.page.getByRole('textbox', { name: 'Your code' })

async function openExercise(id: string) {
  await tab.page.goto(`/exercises/${id}`)
  await tab.page.locator('.cm-content').first().waitFor()
}
/** Replaces what is in the editor by a real paste: typing would set off completion and closing brackets. */
async function paste(text: string) {
  await tab.page.evaluate((copied) => navigator.clipboard.writeText(copied), text)
  await editor().click()
  await tab.page.keyboard.press('Control+a')
  await tab.page.keyboard.press('Control+v')
}

test('a wrong solution shows which test failed, what it hints at, and rates nothing', async () => {
  const { page, problems } = tab
  await openExercise(exercise)
  expect(await page.locator('.test-waiting').count()).toBeGreaterThan(5)
  await paste(await code('wrong/number-balances.ts'))
  await page.keyboard.press('Control+Shift+Enter')
  await page.locator('.banner-bad').waitFor({ timeout: gradedMs })
  const failed = page.locator('.test-failed', { hasText: 'Moves exact bigint amounts' })
  expect(await failed.locator('.test-hint').textContent()).not.toBe('')
  expect(await page.getByText(/^Rated/).count()).toBe(0)
  expect(await page.getByText('Reference solution').count()).toBe(0)
  await page.locator('.facts').getByText('In all').waitFor()
  expect(problems).toEqual([])
}, 120_000)

test('a right solution is accepted, rated, and opens the reference solution', async () => {
  const { page, problems } = tab
  await openExercise(exercise)
  await paste(await code('reference/solution.ts'))
  await page.getByRole('button', { name: /^Submit/ }).click()
  await page.getByText('Accepted').first().waitFor({ timeout: gradedMs })
  // It had failed before, so it is Hard.
  await page.getByText(/^Rated Hard, due again/).waitFor()
  expect(await page.locator('.test-passed').count()).toBe(await page.locator('.test').count())
  await page.getByRole('heading', { name: 'Reference solution' }).waitFor()

  const lines = page.locator('.lines a')
  await expect.poll(() => lines.count()).toBe(2)
  await lines.first().click()
  await page.getByRole('heading', { name: 'The code' }).waitFor()
  await page.getByText('Accepted').first().waitFor()
  expect(await page.locator('.cm-content').textContent()).toContain('transfer')
  await page.goto('/progress')
  await page.locator('.lines .dot-accepted').waitFor()
  expect(problems).toEqual([])
}, 120_000)

test('a page that is opened while grading goes on joins it', async () => {
  const { page } = tab
  await openExercise(exercise)
  await paste(await code('wrong/no-rollback.ts'))
  await page.keyboard.press('Control+Shift+Enter')
  await page.locator('.banner-going').waitFor()
  await page.reload()
  await page.locator('.banner').waitFor({ timeout: gradedMs })
}, 120_000)

test('giving up asks first, then shows the solution in the chosen language', async () => {
  const { page } = tab
  await openExercise('mongo-seat-hold')
  await page.getByRole('tab', { name: 'Python' }).click()
  await page.getByRole('button', { name: 'Give up…' }).click()
  await page.getByRole('button', { name: 'Keep trying' }).click()
  expect(await page.getByRole('heading', { name: 'Reference solution' }).count()).toBe(0)
  await page.getByRole('button', { name: 'Give up…' }).click()
  await page.getByRole('button', { name: 'Show the solution' }).click()
  await page.getByText(/^Rated Again/).waitFor()
  await page.locator('#solution .cm-content').waitFor()
})

test('typing is quick and exact, a draft survives a reload, and a language has its own', async () => {
  const { page, problems } = tab
  await openExercise('redis-leaderboard')
  await editor().click()
  await page.keyboard.press('Control+End')
  const typed = '// try to type this quickly while the page is redrawn'
  await page.keyboard.type(typed)
  expect(await editor().textContent()).toContain(typed)
  await page.getByRole('tab', { name: 'Python' }).click()
  await expect.poll(() => editor().textContent()).toContain('def ')
  await page.reload()
  await page.getByRole('tab', { name: 'Python', selected: true }).waitFor()
  await page.getByRole('tab', { name: 'TypeScript' }).click()
  await expect.poll(() => editor().textContent()).toContain(typed)
  await page.getByRole('button', { name: 'Start over' }).click()
  await expect.poll(() => editor().textContent()).not.toContain(typed)
  expect(problems).toEqual([])
})

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { desktop, openBrowser, openTab, phone } from './browser.ts'
import { inspect } from './inspect.ts'
import { buildPage, openServer, type RunningServer } from './server.ts'

const course = join(import.meta.dirname, '../../exercises')
const readyMs = 280_000
const ranMs = 90_000

let browser: Browser
let server: RunningServer
beforeAll(async () => {
  await buildPage()
  browser = await openBrowser()
  server = await openServer({ workers: 1 })
  const { page, close } = await openTab(browser, server.url)
  await page.goto('/')
  await page.getByText(/^Exercises run on .*PostgreSQL/).waitFor({ timeout: readyMs })
  await close()
})
afterAll(async () => {
  await browser.close()
  await server.close()
})

async function openWith(page: Page, id: string, code: string) {
  await page.goto(`/exercises/${id}`)
  await page.locator('.cm-content').first().waitFor()
  await page.evaluate((copied) => navigator.clipboard.writeText(copied), code)
  await page.getByRole('textbox', { name: 'Your code' }).click()
  await page.keyboard.press('Control+a')
  await page.keyboard.press('Control+v')
}
const reference = (folder: string) => readFile(join(course, folder, 'reference/solution.ts'), 'utf8')
const cellsOf = (page: Page, table: string) =>
  page
    .locator('.inventory-table', { has: page.getByText(table, { exact: true }) })
    .locator('tbody td')
    .allTextContents()

const looks: [string, BrowserContextOptions][] = [
  ['light, on a desk', { ...desktop, colorScheme: 'light' }],
  ['dark, on a phone', { ...phone, colorScheme: 'dark' }],
]
describe.each(looks)('a run, %s', (_, options) => {
  test('shows calls, refusals and the rows of the tables, readable and named, and is no attempt', async () => {
    const tab = await openTab(browser, server.url, { ...options, reducedMotion: 'reduce' })
    const { page, problems } = tab
    await openWith(page, 'pg-ledger-transfer', await reference('62/62.1/pg-ledger-transfer'))
    await page.keyboard.press('Control+Enter')
    await page.locator('.run-banner').getByText('Ran to its end').waitFor({ timeout: ranMs })

    const lines = page.locator('.shown li')
    expect(await lines.first().textContent()).toContain('{ id: 1n, replayed: false }')
    expect(await page.locator('.shown-refusal').first().textContent()).toContain('KEY_REUSED')
    expect((await cellsOf(page, 'accounts')).slice(0, 2)).toEqual(['(new or changed) ann', '9007199254741088'])
    expect(await cellsOf(page, 'transfers')).toContain("Ann's half")
    await page.getByText('What Run does').click()
    await page.getByRole('textbox', { name: 'What Run does' }).waitFor()
    await page.waitForFunction(() => document.getAnimations().every(({ playState }) => playState === 'finished'))
    expect(await inspect(page)).toEqual([])
    expect(problems).toEqual([])
    expect(await page.getByText('Earlier submissions').count()).toBe(0)
    expect(await page.locator('.test-waiting').count()).toBeGreaterThan(5)
    await tab.close()
  }, 120_000)
})

test('code that does not end is cancelled by its button, and the next run is as good as ever', async () => {
  const { page, problems, close } = await openTab(browser, server.url)
  await openWith(page, 'redis-leaderboard', 'export const submit = () => new Promise(() => {})')
  await page.getByRole('button', { name: /^Run/ }).click()
  await page.getByText('Does not load').waitFor({ timeout: ranMs })
  const code = await reference('62/62.5/redis-leaderboard')
  await openWith(page, 'redis-leaderboard', code.replace(/(function submit\([^{]*\{)/, '$1 for (;;) await null;'))
  await page.keyboard.press('Control+Enter')
  await page.getByText('Running your code').waitFor({ timeout: ranMs })
  await page.getByRole('button', { name: 'Cancel' }).click()
  await page.locator('.run-banner').getByText('Cancelled').waitFor()

  await openWith(page, 'redis-leaderboard', code)
  await page.keyboard.press('Control+Enter')
  await page.locator('.run-banner').getByText('Ran to its end').waitFor({ timeout: ranMs })
  expect((await cellsOf(page, 'keys')).join(' ')).toMatch(/friday.*zset/)
  expect(problems).toEqual([])
  await close()
}, 240_000)

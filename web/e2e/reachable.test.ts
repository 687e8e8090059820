import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { desktop, openBrowser, openTab } from './browser.ts'
import { inspect } from './inspect.ts'
import { buildPage, openServer, type RunningServer } from './server.ts'

let browser: Browser
let server: RunningServer

beforeAll(async () => {
  await buildPage()
  ;[browser, server] = await Promise.all([openBrowser(), openServer({ workers: 0 })])
})
afterAll(async () => {
  await browser.close()
  await server.close()
})

const reveal = async (page: Page) => {
  await page.locator('.card').waitFor()
  await page.locator('.review-foot button').click()
  await page.locator('.ratings').waitFor()
}
const screens: [name: string, path: string, ready: (page: Page) => Promise<unknown>][] = [
  ['today', '/', (page) => page.getByRole('link', { name: /^Start/ }).waitFor()],
  ['a question', '/review', (page) => page.locator('.card').waitFor()],
  ['an answer', '/review', reveal],
  ['sections', '/sections', (page) => page.locator('.row').first().waitFor()],
  ['a section', '/sections/62.1', (page) => page.locator('.card-row').first().click()],
  ['an exercise', '/exercises/pg-ledger-transfer', (page) => page.locator('.cm-content').waitFor()],
  ['progress', '/progress', (page) => page.locator('.heatmap').waitFor()],
  ['nothing', '/nowhere', (page) => page.getByText('There is nothing here').waitFor()],
]
const narrow = { viewport: { width: 360, height: 640 }, isMobile: true, hasTouch: true }

describe.each([
  ['light, on a narrow phone', { ...narrow, colorScheme: 'light' as const }],
  ['dark, on a desk', { ...desktop, colorScheme: 'dark' as const }],
])('%s', (_, options) => {
  test.each(screens)('%s can be read, named and reached', async (_name, path, ready) => {
    // No motion, so that colours are measured at their end.
    const { page, problems, close } = await openTab(browser, server.url, { ...options, reducedMotion: 'reduce' })
    await page.goto(path)
    await ready(page)
    await page.waitForFunction(() => document.getAnimations().every(({ playState }) => playState === 'finished'))
    expect(await inspect(page)).toEqual([])
    expect(problems).toEqual([])
    await close()
  })
})

test('everything is reached by Tab alone, and the focus can be seen', async () => {
  const { page, close } = await openTab(browser, server.url)
  await page.goto('/')
  await page.getByRole('link', { name: /^Start/ }).waitFor()
  const names: string[] = []
  for (let presses = 0; presses < 12; presses += 1) {
    await page.keyboard.press('Tab')
    const focused = page.locator(':focus')
    names.push(((await focused.getAttribute('aria-label')) ?? (await focused.textContent()) ?? '').trim())
    expect(await focused.evaluate((element) => getComputedStyle(element).outlineStyle)).toBe('solid')
    if (names.at(-1) === '30 min') break
  }
  const order = ['Skip to the content', 'Drillbase, to today', 'Today', 'Sections', 'Progress']
  expect(names.slice(0, 5)).toEqual(order)
  expect(names.slice(6)).toEqual([expect.stringMatching(/^Start/), '10 min', '15 min', '30 min'])
  await close()
})

test('a chosen theme is there before the first paint of the next visit', async () => {
  const { page, problems, close } = await openTab(browser, server.url, { ...desktop, colorScheme: 'light' })
  await page.goto('/')
  await page.getByRole('button', { name: /^Theme: system/ }).click()
  await page.getByRole('button', { name: /^Theme: light/ }).click()
  await page.reload()
  expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe('dark')
  await page.getByRole('button', { name: /^Theme: dark/ }).click()
  expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBeUndefined()
  expect(problems).toEqual([])
  await close()
})

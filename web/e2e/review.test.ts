import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Queue } from '../../server/api/contract.ts'
import { openBrowser, openTab, phone, type Tab } from './browser.ts'
import { buildPage, openServer, type RunningServer } from './server.ts'

let browser: Browser
let server: RunningServer
let tab: Tab

beforeAll(async () => {
  await buildPage()
  browser = await openBrowser()
})
afterAll(() => browser.close())
beforeEach(async () => {
  server = await openServer({ workers: 0 })
  tab = await openTab(browser, server.url)
})
afterEach(async () => {
  await tab.close()
  await server.close()
})

const queue = async (): Promise<Queue> => (await fetch(`${server.url}/api/review/queue?limit=100`)).json()
const reviews = async (): Promise<number> => (await (await fetch(`${server.url}/api/health`)).json()).store.reviews
const cardText = () => tab.page.locator('.question').textContent()

/** Shows the answer of whatever kind of card it is, by keyboard alone. */
async function reveal() {
  const kind = await tab.page.locator('.card').getAttribute('class')
  const key = kind?.includes('choice') ? '1' : kind?.includes('typed') ? 'Enter' : 'Space'
  await tab.page.keyboard.press(key)
  await tab.page.locator('.ratings').waitFor()
}
/** Answers with a number key and waits for the next card. */
async function answer(key: '1' | '2' | '3' | '4') {
  const before = await cardText()
  await reveal()
  await tab.page.keyboard.press(key)
  await expect.poll(cardText).not.toBe(before)
}

test('a morning: start, answer with the keyboard, undo, see the end', async () => {
  const { page, problems } = tab
  const { counts } = await queue()
  await page.goto('/')
  await page.getByRole('heading', { name: /^\d+ items/ }).waitFor()
  expect(await page.locator('.counts').textContent()).toContain(String(counts.new))
  await page.getByRole('link', { name: /^Start/ }).press('Enter')

  const first = await cardText()
  const labels = (await queue()).items[0]?.intervals.map(({ label }) => label)
  await reveal()
  expect(await page.locator('.rating-interval').allInnerTexts()).toEqual(labels)
  await page.keyboard.press('4')
  await expect.poll(cardText).not.toBe(first)
  await expect.poll(reviews).toBe(1)

  await page.keyboard.press('u')
  await expect.poll(cardText).toBe(first)
  await expect.poll(reviews).toBe(0)

  // Easy sends a new card away for days, so the end comes once each was seen.
  for (let left = counts.new; left > 1; left -= 1) await answer('4')
  await reveal()
  await page.keyboard.press('4')
  await page.getByRole('heading', { name: 'Done for now' }).waitFor()
  await page.getByText(/^Next: /).waitFor()
  await expect.poll(reviews).toBe(counts.new)
  await page.keyboard.press('Space')
  await page.getByRole('heading', { name: /Done for today/ }).waitFor()
  expect(problems).toEqual([])
})

test('answers given while the server is away are shown as unsent, survive a reload, and arrive once', async () => {
  const { page } = tab
  await page.goto('/review')
  await answer('4')
  await expect.poll(reviews).toBe(1)
  await server.kill()

  await answer('4')
  await answer('4')
  await page.getByRole('button', { name: '2 not sent' }).waitFor()

  await server.start()
  await page.reload()
  await expect.poll(reviews, { timeout: 40_000 }).toBe(3)
  await page.locator('.card').waitFor()
  expect(await page.getByText('not sent').count()).toBe(0)
  const { doneToday, items } = await queue()
  expect(doneToday).toBe(3)
  expect(items.filter(({ memory }) => memory.reps > 0)).toEqual([])
})

test('an unsent answer can be undone while the server is away', async () => {
  const { page } = tab
  await page.goto('/review')
  await answer('4')
  await expect.poll(reviews).toBe(1)
  await server.kill()
  await answer('4')
  const second = await cardText()
  await answer('4')
  await page.getByRole('button', { name: '2 not sent' }).waitFor()
  await page.keyboard.press('Control+z')
  await expect.poll(cardText).toBe(second)
  await page.getByRole('button', { name: '1 not sent' }).waitFor()
  await server.start()
  await expect.poll(reviews, { timeout: 40_000 }).toBe(2)
})

test('an item that was answered in another tab is loaded again', async () => {
  const { page } = tab
  await page.goto('/review')
  const first = await cardText()
  const [item] = (await queue()).items
  const other = { id: crypto.randomUUID(), item: item?.item, version: item?.version, rating: 'easy', durationMs: 900 }
  const reply = await fetch(`${server.url}/api/reviews`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: server.url },
    body: JSON.stringify({ ...other, answeredAt: new Date().toISOString() }),
  })
  expect(reply.status).toBe(200)

  await answer('1')
  await page.getByText('answered elsewhere').waitFor()
  expect(await cardText()).not.toBe(first)
  expect(await reviews()).toBe(1)
})

test('a finger is enough: choices, typed answers and ratings on a phone', async () => {
  await tab.close()
  tab = await openTab(browser, server.url, phone)
  const { page, problems } = tab
  await page.goto('/review?minutes=10')
  const kinds = new Set<string>()
  for (let seen = 0; seen < 12; seen += 1) {
    const kind = /card-(\w+)/.exec((await page.locator('.card').getAttribute('class')) ?? '')?.[1] ?? ''
    kinds.add(kind)
    if (kind === 'choice') await page.locator('.choice').first().tap()
    else await page.locator('.review-foot button').tap()
    await page.getByRole('button', { name: /^Easy/ }).tap()
    await expect.poll(reviews).toBe(seen + 1)
    if ((await page.locator('.card').count()) === 0) break
  }
  expect(kinds.size).toBeGreaterThan(2)
  expect(problems).toEqual([])
})

import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Debian's Chromium; a machine without it fails the run. */
export const openBrowser = (): Promise<Browser> => chromium.launch({ executablePath: '/usr/bin/chromium', args })

export const phone: BrowserContextOptions = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true }
export const desktop: BrowserContextOptions = { viewport: { width: 1280, height: 900 } }

export type Tab = { page: Page; problems: string[]; close: () => Promise<void> }

/**
 * A learner's browser with empty storage. `problems` collects everything that a developer would see in red: errors and
 * warnings of the console (violations of the content security policy are among them), uncaught errors, failed requests.
 */
export async function openTab(
  browser: Browser,
  baseURL: string,
  options: BrowserContextOptions = desktop,
): Promise<Tab> {
  const context = await browser.newContext({ ...options, baseURL, permissions: ['clipboard-read', 'clipboard-write'] })
  const page = await context.newPage()
  const problems: string[] = []
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problems.push(`${message.type()}: ${message.text()}`)
  })
  page.on('pageerror', (error) => problems.push(`uncaught: ${error.message}`))
  page.on('response', (response) => {
    if (response.status() >= 400) problems.push(`${response.status()} ${response.url()}`)
  })
  return { page, problems, close: () => context.close() }
}

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Hono } from 'hono'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { pageFiles } from './page.ts'

let folder: string
let app: Hono
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drillbase-page-'))
  app = new Hono().get('*', pageFiles(join(folder, 'dist')))
})
afterEach(() => rm(folder, { recursive: true }))

async function build(): Promise<void> {
  await mkdir(join(folder, 'dist', 'assets'), { recursive: true })
  await writeFile(join(folder, 'dist', 'index.html'), '<p>the page</p>')
  await writeFile(join(folder, 'dist', 'assets', 'main-4f2a.js'), 'export {}')
  await writeFile(join(folder, 'secret.txt'), 'secret')
}

test('until it is built, a plain page says so', async () => {
  const reply = await app.request('/')
  expect(reply.status).toBe(503)
  expect(await reply.text()).toContain('not built yet')
})

test.each(['/', '/review', '/sections/62.1', '/exercises/some-id'])('%s is a screen of the page', async (path) => {
  await build()
  const reply = await app.request(path)
  expect(await reply.text()).toBe('<p>the page</p>')
  expect(reply.headers.get('content-type')).toContain('text/html')
  expect(reply.headers.get('cache-control')).toBe('no-cache')
})

test('a file with a hash in its name is kept for ever', async () => {
  await build()
  const reply = await app.request('/assets/main-4f2a.js')
  expect(reply.headers.get('content-type')).toContain('javascript')
  expect(reply.headers.get('cache-control')).toContain('immutable')
})

test.each([
  '/assets/gone.js',
  '/../secret.txt',
  '/assets/..%2f..%2fsecret.txt',
  '/%2e%2e/secret.txt',
  '/api/sections.js',
])('%s is not there', async (path) => {
  await build()
  expect((await app.request(path)).status).toBe(404)
})

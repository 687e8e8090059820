import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { serveStatic } from '@hono/node-server/serve-static'
import { Hono } from 'hono'

/** Where Vite puts the page. */
const dist = join(import.meta.dirname, '..', '..', 'web', 'dist')

const notBuilt =
  '<!doctype html><html lang="en"><title>Drillbase</title><p>The page is not built yet. <code>npm start</code> builds it; the interface under <code>/api</code> works already.</p></html>'

/** The built page. Files under assets/ carry a hash of their content in their name; every other path is a screen of the page. */
export const pageFiles = () =>
  new Hono()
    .use(
      '/assets/*',
      serveStatic({
        root: dist,
        onFound: (_, c) => c.header('Cache-Control', 'public, max-age=31536000, immutable'),
      }),
    )
    .use('/:file{[^/]+\\.[a-z0-9]+}', serveStatic({ root: dist, onFound: (_, c) => c.header('Cache-Control', 'no-cache') }))
    .get('*', async (c, next) => {
      // A missing file is missing; only screens fall back to the page.
      if (c.req.path.startsWith('/api/') || /\.[a-z0-9]+$/i.test(c.req.path.replace(/^\/sections\/.*/, ''))) return next()
      c.header('Cache-Control', 'no-cache')
      const page = await readFile(join(dist, 'index.html'), 'utf8').catch(() => null)
      return page === null ? c.html(notBuilt, 503) : c.html(page)
    })

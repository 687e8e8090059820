import { readFile } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'
import type { Handler } from 'hono'
import { getMimeType } from 'hono/utils/mime'

/** Where Vite puts the page. */
const builtPage = join(import.meta.dirname, '..', '..', 'web', 'dist')

const notBuilt =
  '<!doctype html><html lang="en"><title>Drillbase</title><p>The page is not built yet. <code>npm start</code> builds it; the interface under <code>/api</code> works already.</p></html>'

/**
 * The built page. Files under /assets/ carry a hash of their content in their name and are kept for ever; every path without an
 * extension, and every section such as /sections/62.1, is a screen and gets index.html.
 */
export function pageFiles(folder = builtPage): Handler {
  return async (c, next) => {
    const { path } = c.req
    if (path.startsWith('/api/')) return next()
    const isScreen = extname(path) === '' || path.startsWith('/sections/')
    const file = join(folder, isScreen ? 'index.html' : path)
    const content = file.startsWith(folder + sep) ? await readFile(file).catch(() => null) : null
    if (content === null) return isScreen ? c.html(notBuilt, 503) : next()
    const isHashed = path.startsWith('/assets/')
    return c.body(content, 200, {
      'Content-Type': getMimeType(file) ?? 'application/octet-stream',
      'Cache-Control': isHashed ? 'public, max-age=31536000, immutable' : 'no-cache',
    })
  }
}

import type { MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { ApiError } from './errors.ts'

/**
 * A local page that runs code is a target for every other page the browser has open. Host is checked against DNS rebinding,
 * Origin or Sec-Fetch-Site and the content type against cross-site requests; there is no CORS at all.
 */

const maxBodyBytes = 1 << 20

const headers = {
  'Content-Security-Policy':
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
}

export const securityHeaders: MiddlewareHandler = async (c, next) => {
  await next()
  for (const [name, value] of Object.entries(headers)) c.res.headers.set(name, value)
  if (c.req.path.startsWith('/api/') && !c.res.headers.has('Cache-Control'))
    c.res.headers.set('Cache-Control', 'no-store')
}

/** Lets loopback names with the port it listens on through, and what ALLOWED_HOSTS adds: `name` for any port, `name:port`. */
export function hostCheck(port: () => number, allowedHosts: string[]): MiddlewareHandler {
  const allowed = new Set(allowedHosts.map((host) => host.toLowerCase()))
  const loopback = ['127.0.0.1', 'localhost', '[::1]']
  return async (c, next) => {
    const host = c.req.header('Host')?.toLowerCase() ?? ''
    const name = host.replace(/:\d+$/, '')
    // A browser leaves the default port out.
    const isLocal = loopback.includes(name) && (host === `${name}:${port()}` || (host === name && port() === 80))
    if (!isLocal && !allowed.has(host) && !allowed.has(name)) {
      throw new ApiError('forbidden-host', 'This server does not answer under that name. ALLOWED_HOSTS adds names.')
    }
    await next()
  }
}

/**
 * A request that changes something must come from our own page: a same-origin Origin or Sec-Fetch-Site, both where both are
 * sent, and a JSON body. A program that is no browser sends `Origin: http://<host>` too; a request without a body may leave
 * the content type out, for no browser can send it from elsewhere without an Origin that tells.
 */
export const sameOriginCheck: MiddlewareHandler = async (c, next) => {
  if (c.req.method === 'GET' || c.req.method === 'HEAD') return next()
  const origin = c.req.header('Origin')
  const site = c.req.header('Sec-Fetch-Site')
  const isSame =
    (origin !== undefined || site !== undefined) &&
    (origin === undefined || hostOf(origin) === c.req.header('Host')?.toLowerCase()) &&
    (site === undefined || site === 'same-origin')
  if (!isSame) throw new ApiError('cross-site', 'Only this page may change something: send its address as Origin.')

  const contentType = c.req.header('Content-Type')
  const hasBody = (c.req.header('Content-Length') ?? '0') !== '0' || c.req.header('Transfer-Encoding') !== undefined
  const isJson = contentType?.split(';')[0]?.trim().toLowerCase() === 'application/json'
  if (!isJson && (hasBody || contentType !== undefined)) {
    throw new ApiError('not-json', 'The body must be JSON, with Content-Type: application/json.')
  }
  return next()
}

function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null
}

export const sizeCheck = bodyLimit({
  maxSize: maxBodyBytes,
  onError: () => {
    throw new ApiError('too-large', `The body may have ${maxBodyBytes} bytes.`)
  },
})

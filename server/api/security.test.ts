import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from './test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

type Sent = { status: number; code: string | undefined }

/** Raw, because fetch sets Host and Sec-Fetch-Site by itself. */
function send(method: string, path: string, headers: Record<string, string>, body = ''): Promise<Sent> {
  return new Promise((resolve, reject) => {
    const sent = request(`${server.address}${path}`, { method, headers }, async (answer) => {
      const text = (await Array.fromAsync(answer)).join('')
      const read = answer.headers['content-type']?.includes('json') ? JSON.parse(text) : {}
      resolve({ status: answer.statusCode ?? 0, code: read.error?.code })
    })
    sent.on('error', reject).end(body)
  })
}

const port = () => new URL(server.address).port

describe('Host', () => {
  test.each(['127.0.0.1', 'localhost', '[::1]', 'LOCALHOST'])('%s with the port is ours', async (name) => {
    expect(await send('GET', '/api/health', { Host: `${name}:${port()}` })).toMatchObject({ status: 200 })
  })

  test.each(['drill.example', 'drill.example:99', 'named.example:8080'])(
    '%s is allowed by the settings',
    async (Host) => {
      expect(await send('GET', '/api/health', { Host })).toMatchObject({ status: 200 })
    },
  )

  test.each([
    'attacker.example',
    'attacker.example:PORT',
    'localhost',
    '127.0.0.1:1',
    'localhost.attacker.example:PORT',
    'named.example:81',
  ])('%s is refused, for reading too and for the page', async (name) => {
    const Host = name.replace('PORT', port())
    const refused = { status: 403, code: 'forbidden-host' }
    expect(await send('GET', '/api/health', { Host })).toEqual(refused)
    expect(await send('GET', '/', { Host })).toEqual(refused)
  })
})

describe('a request that changes something', () => {
  const undo = (headers: Record<string, string>, body = '') => send('POST', '/api/reviews/undo', headers, body)
  const passed = { status: 409, code: 'nothing-to-undo' }
  const crossSite = { status: 403, code: 'cross-site' }
  const own = () => ({ Host: `localhost:${port()}`, Origin: `http://localhost:${port()}` })

  test('comes from our page by Origin, by Sec-Fetch-Site, or by both', async () => {
    expect(await undo(own())).toEqual(passed)
    expect(await undo({ 'Sec-Fetch-Site': 'same-origin' })).toEqual(passed)
    expect(await undo({ ...own(), 'Sec-Fetch-Site': 'same-origin' })).toEqual(passed)
  })

  test('is refused without either', async () => {
    expect(await undo({})).toEqual(crossSite)
  })

  test.each(['https://attacker.example', 'null', 'http://localhost:1', 'http://127.0.0.1.attacker.example', ''])(
    'is refused from Origin %j',
    async (Origin) => {
      expect(await undo({ ...own(), Origin })).toEqual(crossSite)
    },
  )

  test.each(['cross-site', 'same-site', 'none'])(
    'is refused as Sec-Fetch-Site %s, whatever the Origin',
    async (site) => {
      expect(await undo({ ...own(), 'Sec-Fetch-Site': site })).toEqual(crossSite)
    },
  )

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'application/jsonp'])(
    'is refused as %s, with and without a body',
    async (type) => {
      const notJson = { status: 415, code: 'not-json' }
      expect(await undo({ ...own(), 'Content-Type': type }, '{}')).toEqual(notJson)
      expect(await undo({ ...own(), 'Content-Type': type })).toEqual(notJson)
    },
  )

  test('is refused with a body of no type', async () => {
    expect(await undo(own(), '{}')).toMatchObject({ code: 'not-json' })
  })

  test('may be of JSON with a charset, or have neither body nor type', async () => {
    expect(await undo({ ...own(), 'Content-Type': 'application/json; charset=utf-8' }, '{}')).toEqual(passed)
    expect(await undo(own())).toEqual(passed)
  })

  test('of a megabyte is refused, whether it tells its length or not', async () => {
    const tooLarge = { status: 413, code: 'too-large' }
    const json = { ...own(), 'Content-Type': 'application/json' }
    const large = JSON.stringify({ code: 'x'.repeat(1 << 20) })
    expect(await send('POST', '/api/submissions', json, large)).toEqual(tooLarge)
    expect(await send('POST', '/api/submissions', { ...json, 'Transfer-Encoding': 'chunked' }, large)).toEqual(tooLarge)
  })
})

test('no answer invites other pages, and scripts come from here only', async () => {
  for (const path of ['/api/health', '/', '/api/nothing']) {
    const { headers } = await fetch(server.address + path, { headers: { Origin: 'https://attacker.example' } })
    expect(headers.get('access-control-allow-origin')).toBeNull()
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('content-security-policy')).toContain("script-src 'self';")
    expect(headers.get('content-security-policy')).not.toMatch(/unsafe/)
  }
})

test('a preflight is refused', async () => {
  const preflight = { Origin: 'https://attacker.example', 'Access-Control-Request-Method': 'POST' }
  expect(await send('OPTIONS', '/api/reviews', preflight)).toEqual({ status: 403, code: 'cross-site' })
})

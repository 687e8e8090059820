import { expect, test } from 'vitest'
import { ConfigError, readConfig } from './config.ts'

test('without any variable the page is on loopback, port 4400, and the data outside the clone', () => {
  const config = readConfig({})
  expect(config).toMatchObject({ host: '127.0.0.1', port: 4400, databaseUrl: undefined, workers: 1 })
  expect(config.dataDir).toMatch(/\.local\/share\/drillbase$/)
  expect(config.contentDirs).toHaveLength(1)
})

test('an empty variable counts as not set', () => {
  expect(readConfig({ PORT: '', DATABASE_URL: '' })).toMatchObject({ port: 4400, databaseUrl: undefined })
})

test('more content folders stand beside the own one', () => {
  expect(readConfig({ CONTENT_DIR: '/one:/two' }).contentDirs.slice(1)).toEqual(['/one', '/two'])
})

test.each(['0.0.0.0', '::', '192.168.1.7', 'example.org', '127.example.org'])(
  'HOST=%s is refused while there are no accounts',
  (host) => {
    expect(() => readConfig({ HOST: host })).toThrow(/no accounts yet/)
  },
)

test.each(['127.0.0.1', '127.8.8.8', 'localhost', '::1'])('HOST=%s is loopback', (host) => {
  expect(readConfig({ HOST: host }).host).toBe(host)
})

test('each wrong variable is named with what is wrong', () => {
  expect(() => readConfig({ PORT: 'http', DATABASE_URL: 'mysql://localhost/x' })).toThrow(
    /PORT: .*DATABASE_URL: expected postgres:/,
  )
  expect(() => readConfig({ LEASE_MS: '1000', HEARTBEAT_MS: '900' })).toThrow(ConfigError)
})

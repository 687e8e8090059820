import { afterAll, beforeAll, expect, test } from 'vitest'
import { errorStatus } from './contract.ts'
import { startTestServer, type TestServer } from './test-server.ts'

type Operation = { parameters?: { name: string; in: string }[]; responses: Record<string, { description: string }> }
type Document = { openapi: string; paths: Record<string, Record<string, Operation>>; components: unknown }

let server: TestServer
let document: Document
beforeAll(async () => {
  server = await startTestServer()
  document = (await (await fetch(`${server.address}/api/openapi.json`)).json()) as Document
})
afterAll(() => server.close())

const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )

test('it describes the whole interface', () => {
  expect(document.openapi).toBe('3.1.0')
  expect(
    operations()
      .map(({ method, path }) => `${method} ${path}`)
      .sort(),
  ).toEqual([
    'get /api/exercises/{id}',
    'get /api/health',
    'get /api/progress',
    'get /api/review/queue',
    'get /api/runs/{id}',
    'get /api/runs/{id}/events',
    'get /api/sections',
    'get /api/sections/{id}',
    'get /api/submissions',
    'get /api/submissions/{id}',
    'get /api/submissions/{id}/events',
    'post /api/exercises/{id}/give-up',
    'post /api/exercises/{id}/hints',
    'post /api/reviews',
    'post /api/reviews/undo',
    'post /api/runs',
    'post /api/runs/{id}/cancel',
    'post /api/submissions',
    'post /api/submissions/{id}/cancel',
    'post /api/submissions/{id}/rating',
  ])
})

test('every parameter of a path is declared', () => {
  for (const { path, operation } of operations()) {
    const inPath = [...path.matchAll(/\{(.+?)\}/g)].map(([, name]) => name)
    const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path').map(({ name }) => name)
    expect(declared, path).toEqual(inPath)
  }
})

test('every operation has an answer that is no error, and only errors of the contract', () => {
  const known = new Set(Object.values(errorStatus).map(String))
  for (const { path, operation } of operations()) {
    const statuses = Object.keys(operation.responses)
    expect(
      statuses.some((status) => status.startsWith('2')),
      path,
    ).toBe(true)
    for (const status of statuses) expect(status.startsWith('2') || known.has(status), `${path} ${status}`).toBe(true)
  }
})

test('every reference leads somewhere', () => {
  const text = JSON.stringify(document)
  for (const [, pointer = ''] of text.matchAll(/"\$ref":"#\/(.+?)"/g)) {
    const found = pointer
      .split('/')
      .reduce<unknown>((value, key) => (value as Record<string, unknown>)?.[key], document)
    expect(found, pointer).toBeDefined()
  }
})

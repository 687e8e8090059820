import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { expect, test } from 'vitest'

type Line = { state: string; step: string | null; message: string | null }

/** Runs the command line as the grading worker does; nothing is ever installed. */
async function search(environment: Record<string, string>): Promise<{ code: number; lines: Line[] }> {
  const env = { ...process.env, DRILLBASE_INSTALL: 'never', ...environment }
  return new Promise((resolve) => {
    execFile(process.execPath, [join(import.meta.dirname, 'engine.mjs'), '--json'], { env }, (error, stdout) => {
      const lines = stdout.trim().split('\n')
      resolve({ code: error ? Number(error.code) : 0, lines: lines.map((line) => JSON.parse(line)) })
    })
  })
}

test('an engine that answers is used as it is', async () => {
  const { code, lines } = await search({})
  expect(code).toBe(0)
  expect(lines.map(({ state }) => state)).toEqual(['checking', 'ready'])
  expect(lines[1]?.message).toMatch(/^container engine \d+\./)
})

test('where DOCKER_HOST leads nowhere, nothing else is tried and the message says so', async () => {
  const { code, lines } = await search({ DOCKER_HOST: 'unix:///nowhere/docker.sock' })
  expect(code).toBe(1)
  expect(lines.map(({ state }) => state)).toEqual(['checking', 'unavailable'])
  expect(lines[1]?.message).toContain('unix:///nowhere/docker.sock')
})

test('what answers without being a container engine is none', async () => {
  const server = createServer((_request, response) => response.end('hello')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const { code, lines } = await search({ DOCKER_HOST: `tcp://127.0.0.1:${port}` })
  server.close()
  expect(code).toBe(1)
  expect(lines.at(-1)?.state).toBe('unavailable')
})

import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { imageOf } from '../../engines/start.ts'
import { prepareImages } from '../../images/images.ts'
import { driversFor } from '../../slot/drivers.ts'
import { openGate } from '../../slot/gate.ts'
import { labels } from '../../slot/owner.ts'
import { docker, start, startSandbox } from '../started.ts'

/** Far more than a sandbox takes to start. */
const patienceMs = 10_000

/** Takes every connection on every port that may be had, and never answers. */
const listenEverywhere = `
import { createServer } from 'node:net'
const listen = (port: number) => new Promise<number>((resolve) => {
  const server = createServer((socket) => socket.on('error', () => {}))
  server.on('error', () => resolve(0)).listen(port, '127.0.0.1', () => resolve(1))
})
export async function run() {
  let open = 0
  for (let port = 1; port < 700; port++) open += await listen(port)
  return open
}`

test('a process of the submission cannot hold up the start of another', async () => {
  const folder = join(tmpdir(), `drillbase-${randomBytes(3).toString('hex')}`)
  const images = await prepareImages(docker, { only: ['gate'], onProgress() {} })
  const gate = await openGate(docker, imageOf(images, 'gate'), folder, ['dynamodb'], labels)
  try {
    const { session } = await start('typescript', listenEverywhere, { gateContainerId: gate.containerId })
    expect(await session.call('run', [], 'int')).toBeGreaterThan(600)
    for (const language of ['typescript', 'python'] as const) {
      const drivers = driversFor(['dynamodb'], language)
      const isReady = startSandbox(language, { gateContainerId: gate.containerId, drivers }).then(() => true)
      expect(await Promise.race([isReady, wait(patienceMs, false)])).toBe(true)
    }
  } finally {
    await gate.close()
    await rm(folder, { recursive: true, force: true })
  }
}, 60_000)

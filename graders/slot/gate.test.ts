import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmod, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { docker, imagesForTest } from '../engines/engine-fixture.ts'
import { imageOf } from '../engines/start.ts'
import type { ResolvedImage } from '../images/images.ts'
import { type Gate, openGate } from './gate.ts'
import { labels } from './owner.ts'

const folder = join(tmpdir(), `drillbase-${randomBytes(3).toString('hex')}`)
let image: ResolvedImage
let gate: Gate

beforeAll(async () => {
  image = imageOf(await imagesForTest(['gate']), 'gate')
  gate = await openGate(docker, image, folder, ['redis'], labels)
})
afterAll(async () => {
  await gate?.close()
  await rm(folder, { recursive: true, force: true })
})

/** Runs a script in the gate's namespace, where a sandbox would be. */
async function beside(script: string): Promise<string> {
  const container = await docker.createContainer({
    Image: image.reference,
    Entrypoint: ['sh', '-c', script],
    Cmd: [],
    Labels: labels,
    HostConfig: { NetworkMode: `container:${gate.containerId}` },
  })
  try {
    await container.start()
    await container.wait()
    const log = await container.logs({ stdout: true, stderr: true })
    return log.toString('utf8')
  } finally {
    await container.remove({ force: true })
  }
}

test('bytes pass from the port to the judge’s socket and back, on several connections', async () => {
  const server = createServer((socket) => socket.on('data', (bytes) => socket.end(`heard ${bytes}`)))
  server.listen(gate.socketOf('redis'))
  await once(server, 'listening')
  await chmod(gate.socketOf('redis'), 0o666)
  const said = await beside('for word in one two; do printf $word | socat -t5 - TCP:127.0.0.1:6379; echo; done')
  server.close()
  expect(said).toContain('heard one')
  expect(said).toContain('heard two')
})

test('without a judge the connection is closed', async () => {
  expect(await beside('printf x | socat -t2 - TCP:127.0.0.1:6379; echo ended')).toContain('ended')
})

test('nothing else is there: one port, the loopback alone, no name, no way out, no socket folder', async () => {
  const seen = await beside(`
    echo "listening: $(grep -c ' 0A ' /proc/net/tcp)."
    echo "interfaces: $(tail -n +3 /proc/net/dev | cut -d: -f1)."
    echo "routes: $(tail -n +2 /proc/net/route)."
    socat -T2 - TCP:192.0.2.1:80,connect-timeout=2 </dev/null 2>&1 | grep -o 'Network is unreachable'
    socat - TCP:127.0.0.1:5432 </dev/null 2>&1 | grep -o 'Connection refused'
    ls /gate 2>&1`)
  expect(seen).toContain('listening: 1.')
  expect(seen).toMatch(/interfaces: +lo\./)
  expect(seen).toContain('routes: .')
  expect(seen).toContain('Network is unreachable')
  expect(seen).toContain('Connection refused')
  expect(seen).toContain('No such file')
})

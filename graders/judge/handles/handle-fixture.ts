import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Docker from 'dockerode'
import type { Engine } from '../../engines/engine.ts'
import { startEngine } from '../../engines/start.ts'
import { type EngineKind, exercise as exerciseSchema, type Grants } from '../../exercise.ts'
import { prepareImages } from '../../images/images.ts'
import { labels } from '../../slot/owner.ts'
import type { EngineFaults } from '../local-host.ts'
import { type OpenBackEnd, openBackEnd } from '../open-back-end.ts'
import type { JudgeHost } from '../order.ts'

const grants = {
  postgres: { tables: ['select', 'insert', 'update', 'delete'], sequences: true, create: false, temp: false },
} satisfies Grants

/** A leased engine behind a proxy on this machine, without a submission. */
export async function openForTest(kind: EngineKind) {
  const folder = mkdtempSync(join(tmpdir(), 'h-'))
  const docker = new Docker()
  const images = await prepareImages(docker, { only: [kind, 'gate'], onProgress() {} })
  const engine: Engine = await startEngine(kind, { docker, images, folder: join(folder, 'e'), labels })
  const access = await engine.lease(grants)
  const faults: EngineFaults = {
    pauseEngine: () => engine.pause(),
    unpauseEngine: () => engine.unpause(),
    restartEngine: () => engine.restart(),
  }
  const host = {
    ...faults,
    openSandbox: () => Promise.reject(new Error('there is no submission')),
  } as unknown as JudgeHost
  const exercise = exerciseSchema.parse({
    id: 'handles',
    title: 'Handles',
    summary: 'None.',
    engines: [kind],
    languages: ['typescript'],
    minutes: 1,
    concepts: ['none'],
    functions: [{ name: 'nothing', result: 'none' }],
    tests: [{ name: 'nothing', hint: 'There is nothing to do.' }],
  })
  const order = { exercise, language: 'typescript' as const, code: '', seed: '' }
  const backEnd: OpenBackEnd = await openBackEnd(order, [{ access, listenAt: 'loopback' }], host, null)
  const close = async () => {
    await backEnd.close()
    await engine.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  return { backEnd, close }
}

import Docker from 'dockerode'
import { afterEach, beforeAll, expect } from 'vitest'
import type { Language } from '../exercise.ts'
import { type ImageName, prepareImages, type ResolvedImage } from '../images/images.ts'
import { type LoadOutcome, RpcSession } from './rpc.ts'
import { openSandbox, type Sandbox } from './sandbox.ts'

/** For this folder's tests: real containers, started as the grader starts them. */

export const docker = new Docker()

const owner = `sandbox-tests-${process.pid}`
let images: Map<ImageName, ResolvedImage>
const open = new Set<Sandbox>()

beforeAll(async () => {
  images = await prepareImages(docker, { only: ['runner-node', 'runner-python'], onProgress: () => {} })
})
afterEach(async () => {
  await Promise.all([...open].map((sandbox) => sandbox.kill()))
  const left = await docker.listContainers({ all: true, filters: { label: [`org.drillbase.owner=${owner}`] } })
  expect(left.map((container) => container.Id)).toEqual([])
})

export type Started = { sandbox: Sandbox; session: RpcSession; load: LoadOutcome }

type StartOptions = {
  functions?: string[]
  limits?: { memoryMb?: number; pids?: number; outputBytes?: number }
  drivers?: string[]
  clockSkewMs?: number
  gateContainerId?: string
}

/** A sandbox whose runner is ready, without a submission. */
export async function startSandbox(language: Language, options: StartOptions = {}): Promise<Sandbox> {
  const image = images.get(language === 'python' ? 'runner-python' : 'runner-node')
  if (image === undefined) throw new Error('the runner image is missing')
  const sandbox = await openSandbox(docker, {
    image: image.reference,
    gateContainerId: options.gateContainerId ?? null,
    limits: { memoryMb: 192, pids: 100, outputBytes: 1_048_576, ...options.limits },
    drivers: options.drivers ?? [],
    labels: { 'org.drillbase.owner': owner },
  })
  open.add(sandbox)
  void sandbox.ended.then(() => open.delete(sandbox))
  await sandbox.ready
  return sandbox
}

/** The same with this code loaded, or refused: `load` says. */
export async function start(language: Language, code: string, options: StartOptions = {}): Promise<Started> {
  const sandbox = await startSandbox(language, options)
  const session = new RpcSession(sandbox.rpc)
  const { functions = ['run'], clockSkewMs = 0 } = options
  const load = await session.load({ code, language, functions, clockSkewMs, deadlineMs: 5_000 })
  return { sandbox, session, load }
}

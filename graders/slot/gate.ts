import { chmod, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type Docker from 'dockerode'
import { remove } from '../engines/container.ts'
import { portOf } from '../engines/engine.ts'
import type { EngineKind } from '../exercise.ts'
import type { ResolvedImage } from '../images/images.ts'

const memoryBytes = 96 * 1024 ** 2
/** A process per open connection and one per port; the judge's proxy refuses connections long before. */
const pids = 512
const connectionsPerPort = 220
const target = '/gate'

export type Gate = {
  readonly containerId: string
  /** Where the judge listens for what a submission sends to an engine of this kind. */
  socketOf(kind: EngineKind): string
  isUp(): Promise<boolean>
  close(): Promise<void>
}

/**
 * Starts the container whose loopback the sandboxes join. It has no other network, and only relays the engines' ports to
 * unix sockets in `folder`. These need not exist yet: socat dials once for each connection.
 */
export async function openGate(
  docker: Docker,
  image: ResolvedImage,
  folder: string,
  kinds: EngineKind[],
  labels: Record<string, string>,
): Promise<Gate> {
  await mkdir(folder, { recursive: true })
  // The gate's user id is not ours; the run folder above keeps everybody else out.
  await chmod(folder, 0o777)
  const relays = kinds.map(
    (kind) =>
      `socat TCP-LISTEN:${portOf[kind]},bind=127.0.0.1,backlog=512,fork,max-children=${connectionsPerPort},nodelay UNIX-CONNECT:${target}/${kind} &`,
  )
  const container = await docker.createContainer({
    Image: image.reference,
    Labels: labels,
    // Without an engine it only has to be there.
    Entrypoint: ['sh', '-c', `${relays.join('\n')}\nexec sleep infinity`],
    Cmd: [],
    User: '65532:65532',
    HostConfig: {
      NetworkMode: 'none',
      Binds: [`${folder}:${target}`],
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      Init: false,
      Memory: memoryBytes,
      MemorySwap: memoryBytes,
      PidsLimit: pids,
      LogConfig: { Type: 'none', Config: {} },
    },
  })
  const close = async () => {
    await remove(docker, container.id)
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await container.start()
  } catch (error) {
    await close()
    throw error
  }
  const isUp = async () => {
    const found = await container.inspect().catch(() => null)
    return found?.State.Running === true && !found.State.Paused
  }
  return { containerId: container.id, socketOf: (kind) => join(folder, kind), isUp, close }
}

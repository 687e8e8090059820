import { existsSync } from 'node:fs'
import { chmod, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type Docker from 'dockerode'
import { remove } from '../engines/container.ts'
import { portOf } from '../engines/engine.ts'
import type { EngineKind } from '../exercise.ts'
import type { ResolvedImage } from '../images/images.ts'
import { oomKills, processesIn, residentBytes } from '../sandbox/cgroup.ts'

const memoryBytes = 96 * 1024 ** 2
/** A process per open connection and one per port; the judge's proxy refuses connections long before. */
const pids = 512
const connectionsPerPort = 220
const target = '/gate'
/** A relay waits half a second for the other end of a connection whose one end is gone (socat, -t). */
const desertedMs = 1_000
const lookMs = 5

export type Gate = {
  readonly containerId: string
  readonly kinds: EngineKind[]
  /** Where the judge listens for what a submission sends to an engine of this kind. */
  socketOf(kind: EngineKind): string
  isUp(): Promise<boolean>
  /**
   * Its relays run as at the start and serve no connection any more, and none was ever killed for want of memory: nothing of
   * the submission before is left in it. Waits a moment for the last one. False where the kernel's word can't be had.
   */
  isDeserted(): Promise<boolean>
  memoryBytes(): Promise<number>
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
  const stateNow = async () => (await container.inspect().catch(() => null))?.State
  /** Asked of Docker once; whoever reads what the kernel knows of it finds out whether it is still this container's. */
  const pid = stateNow().then((state) => state?.Pid ?? 0)
  return {
    containerId: container.id,
    kinds,
    socketOf: (kind) => join(folder, kind),
    async isUp() {
      const state = await stateNow()
      return state?.Running === true && !state.Paused && existsSync(folder)
    },
    async isDeserted() {
      for (const deadline = performance.now() + desertedMs; performance.now() < deadline; await wait(lookMs)) {
        const processes = await processesIn(await pid, container.id)
        // The shell became a sleep beside one listener for each engine.
        if (processes === null || processes <= kinds.length) return false
        // Without the last question a connection could pass for the relay that a flood had killed.
        if (processes === kinds.length + 1) return (await oomKills(await pid, container.id)) === 0
      }
      return false
    },
    memoryBytes: async () => residentBytes(container, await pid),
    close,
  }
}

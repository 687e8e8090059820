import { statfs } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type Docker from 'dockerode'
import { GenericContainer, PullPolicy, type StartedTestContainer, type WaitStrategy } from 'testcontainers'
import { cpuSeconds, oomKills, residentBytes } from '../sandbox/cgroup.ts'
import { FirstProcess } from '../sandbox/first-process.ts'

// Asked only where this program itself runs in a container: testcontainers would look for a bridge, which no engine here has.
process.env.TESTCONTAINERS_HOST_OVERRIDE ??= '127.0.0.1'

const startDeadlineMs = 30_000
const probeEveryMs = 5
const lookEveryMs = 500
const probeDeadlineMs = 2_000
/** A server rests when it used less than this part of a processor for one look; so often it is looked at. */
const restingLoad = 0.25
const loadEveryMs = 100
const loadLooks = 10
/** On less free disk a server fails in ways that look like a submission's mistake. */
const leastRoomBytes = 16 * 1024 ** 2
const killedBySignal = 137
const meddlingLooks = 10
const meddlingEveryMs = 100

export type Mount = { source: string; target: string; mode: 'ro' | 'rw' }

export type EngineContainerOptions = {
  reference: string
  labels: Record<string, string>
  entrypoint?: string[]
  command: string[]
  user?: string
  environment?: Record<string, string>
  mounts: Mount[]
  /** `none`, or `container:<id>` to share the namespace of a relay that was started before. */
  networkMode: string
  memoryBytes: number
  pids: number
  /** What one file may grow to: a submission that writes without end meets an error before it meets the end of the disk. */
  fileBytes?: number
  /** The exit code by which a server says itself that its memory was used up. */
  outOfMemoryExit?: number
  /** Asks the server once over its socket; rejects while it is not up. */
  probe: () => Promise<unknown>
}

/**
 * An entry point whose shell outlives the server. Where it was killed the shell waits: that memory was the reason is told as
 * an event, which is lost when the container's control group is gone before anybody has read it. A server that ends in good
 * order while the file `renewal` is there is followed by another, on an empty /tmp.
 */
export const outlive = (server: string, renewal = ''): string[] => [
  'sh',
  '-c',
  [
    `while ${server} "$@"; status=$?; [ $status -eq 0 ] && [ -e "${renewal}" ]; do rm -rf /tmp/*; done`,
    `[ $status -ne ${killedBySignal} ] || sleep 0.2; exit $status`,
  ].join('\n'),
  'sh',
]

/** A server's container: started with testcontainers, frozen and asked about over Docker's own interface. */
export type EngineContainer = {
  readonly id: string
  pause(): Promise<void>
  unpause(): Promise<void>
  /** Kills and starts it again; resolves when the probe answers. */
  restart(): Promise<void>
  /** The process that was started last runs, we did not freeze it, and its memory was never used up. False where that can't be seen from here. */
  isUnharmed(): Promise<boolean>
  /** Whether it runs without ever having ended by itself, and the probe answers. */
  isHealthy(): Promise<boolean>
  /** What a stranger did to it, from outside: paused, killed, restarted or removed it. Null: nothing that could be told. */
  meddling(): Promise<string | null>
  /** Whether the kernel ever killed one of its processes because the container's memory was used up, or the server ended for that. */
  ranOutOfMemory(): Promise<boolean>
  /** Whether it comes to rest within a second: what it still works at is the last submission's. */
  rests(): Promise<boolean>
  residentBytes(): Promise<number>
  stop(): Promise<void>
}

/** Rejects when the container ends or does not answer within 30 s; then nothing of it is left. */
export async function startEngineContainer(docker: Docker, o: EngineContainerOptions): Promise<EngineContainer> {
  const untilReady = new ReadyBySocket(docker, o.probe)
  let started: StartedTestContainer
  try {
    started = await new QuietContainer(o.reference).describe(o).withWaitStrategy(untilReady).start()
  } catch (error) {
    if (untilReady.containerId !== null) await remove(docker, untilReady.containerId)
    throw error
  }
  const container = docker.getContainer(started.getId())
  const find = async () => FirstProcess.find((await container.inspect()).State.Pid, container.id)
  let firstProcess = await find()
  let paused = false
  const unpause = async () => {
    if (!paused) return
    await container.unpause()
    paused = false
  }

  const stateNow = async () => (await container.inspect().catch(() => null))?.State ?? null
  let startedAt = (await stateNow())?.StartedAt
  // A restart covers up what happened before it.
  let endedBefore = false
  let meddledBefore: string | null = null
  const meddling = async (looks = meddlingLooks): Promise<string | null> => {
    if (meddledBefore !== null) return meddledBefore
    const State = await stateNow()
    if (State === null) return 'it was removed, or the container engine does not answer'
    // Nothing inside can kill a container's first process: SIGKILL comes from the kernel, for want of memory, or from a stranger.
    if (!State.Running && State.ExitCode === killedBySignal && !State.OOMKilled) return 'it was killed'
    if (State.Paused && !paused) return 'it was paused'
    // In the midst of a stranger's restart Docker has forgotten how it ended: soon it runs again, and that tells.
    if (!State.Running && looks > 1 && !(await ranOutOfMemory()))
      return sleep(meddlingEveryMs).then(() => meddling(looks - 1))
    return State.StartedAt === startedAt ? null : 'it was restarted'
  }

  // Kept, because a restart begins to count anew.
  let sawOomKill = false
  const ranOutOfMemory = async () => {
    const State = await stateNow()
    if (State !== null)
      sawOomKill ||=
        State.OOMKilled ||
        (State.Running ? ((await oomKills(State.Pid, container.id)) ?? 0) > 0 : State.ExitCode === o.outOfMemoryExit)
    return sawOomKill
  }

  return {
    id: started.getId(),
    unpause,
    ranOutOfMemory,
    meddling: () => meddling(),
    async pause() {
      if (paused) return
      await container.pause()
      paused = true
    },
    async restart() {
      await unpause()
      await ranOutOfMemory()
      meddledBefore ??= await meddling()
      endedBefore ||= (await stateNow())?.Running === false
      await started.restart({ timeout: 0 })
      firstProcess = await find()
      startedAt = (await stateNow())?.StartedAt
    },
    async isUnharmed() {
      return !paused && !sawOomKill && ((await firstProcess?.isUnharmed()) ?? false)
    },
    async isHealthy() {
      const State = await stateNow()
      if (endedBefore) return false
      return State?.Running === true && !State.Paused && (await hasRoom(State.Pid)) && (await answers(o.probe))
    },
    async rests() {
      const { State } = await container.inspect()
      for (let look = 0; look < loadLooks; look++) {
        const before = await cpuSeconds(State.Pid, container.id)
        await sleep(loadEveryMs)
        const after = await cpuSeconds(State.Pid, container.id)
        // Out of sight: the caller's other signs must do.
        if (before === null || after === null) return true
        if (after - before < (restingLoad * loadEveryMs) / 1_000) return true
      }
      return false
    },
    residentBytes: async () => residentBytes(container, (await container.inspect()).State.Pid),
    stop: () => remove(docker, started.getId()),
  }
}

/** Kills a container at once, frozen or not, and removes it with its volumes. One that is gone already is no error. */
export async function remove(docker: Docker, id: string): Promise<void> {
  try {
    await docker.getContainer(id).remove({ force: true, v: true })
  } catch (error) {
    const status = (error as { statusCode?: number }).statusCode
    // 409: somebody else is removing it already.
    if (status !== 404 && status !== 409) throw error
  }
}

/** Whether the disk below its root has room; true where this process may not look there. */
async function hasRoom(pid: number): Promise<boolean> {
  try {
    const { bavail, bsize } = await statfs(`/proc/${pid}/root`)
    return bavail * bsize >= leastRoomBytes
  } catch {
    return true
  }
}

async function answers(probe: () => Promise<unknown>): Promise<boolean> {
  const deadline = new AbortController()
  try {
    await Promise.race([
      probe(),
      sleep(probeDeadlineMs, undefined, { signal: deadline.signal, ref: false }).then(() => {
        throw new Error('no answer in time')
      }),
    ])
    return true
  } catch {
    return false
  } finally {
    deadline.abort()
  }
}

/** What testcontainers has no setter for; no reaper, because it would have to be pulled: sweep.ts cleans up by label. */
class QuietContainer extends GenericContainer {
  describe(o: EngineContainerOptions): this {
    this.withPullPolicy(PullPolicy.neverPull()).withAutoCleanup(false).withNetworkMode(o.networkMode)
    this.withCommand(o.command)
      .withLabels(o.labels)
      .withEnvironment(o.environment ?? {})
      .withBindMounts(o.mounts)
    if (o.entrypoint) this.withEntrypoint(o.entrypoint)
    if (o.user) this.withUser(o.user)
    if (o.fileBytes) this.withUlimits({ fsize: { soft: o.fileBytes, hard: o.fileBytes } })
    // A name that resolves without a network; whoever joins the namespace gets it too. Java waits for one that does not.
    if (o.networkMode === 'none') this.withHostname('localhost')
    this.withDroppedCapabilities('ALL').withSecurityOpt('no-new-privileges')
    this.hostConfig = {
      ...this.hostConfig,
      Memory: o.memoryBytes,
      MemorySwap: o.memoryBytes,
      PidsLimit: o.pids,
      // Enough to say why a start failed; a submission that provokes errors cannot fill the disk with them.
      LogConfig: { Type: 'local', Config: { 'max-size': '1m', 'max-file': '1', compress: 'false' } },
      OomScoreAdj: 500,
    }
    return this
  }
}

/** Asks every 5 ms, where the strategies of testcontainers wait 100 ms or more, and gives up when the container has ended. */
class ReadyBySocket implements WaitStrategy {
  containerId: string | null = null
  private readonly docker: Docker
  private readonly probe: () => Promise<unknown>

  constructor(docker: Docker, probe: () => Promise<unknown>) {
    this.docker = docker
    this.probe = probe
  }

  async waitUntilReady({ id }: Docker.Container): Promise<void> {
    this.containerId = id
    const deadline = Date.now() + startDeadlineMs
    let nextLook = Date.now() + lookEveryMs
    while (!(await answers(this.probe))) {
      if (Date.now() > deadline) throw new Error(`no answer within ${startDeadlineMs} ms`)
      if (Date.now() > nextLook) {
        await this.refuseTheDead(id)
        nextLook = Date.now() + lookEveryMs
      }
      await sleep(probeEveryMs)
    }
  }

  // The deadline is the same for every engine: what testcontainers would set is what is used anyway.
  withStartupTimeout(): WaitStrategy {
    return this
  }
  isStartupTimeoutSet(): boolean {
    return true
  }
  getStartupTimeout(): number {
    return startDeadlineMs
  }

  private async refuseTheDead(id: string): Promise<void> {
    const container = this.docker.getContainer(id)
    const { State } = await container.inspect()
    if (State.Running) return
    const log = await container.logs({ stdout: true, stderr: true, tail: 5 })
    const text = log.toString('utf8').replace(/[^\x20-\x7e\n]/g, '')
    throw new Error(`ended with exit code ${State.ExitCode} before it answered: ${text.trim()}`)
  }
}

import type { Readable } from 'node:stream'
import type Docker from 'dockerode'
import { owner, ownerLabel } from './owner.ts'

const againMs = 1_000
/** So many containers are remembered; far more than one worker has at a time. */
const remembered = 2_000
const watched = ['pause', 'kill'] as const
type Told = Record<(typeof watched)[number], number>

/**
 * Counts what Docker did to containers of this worker, for whomever. A pause that is over leaves no other trace, and an engine
 * that stood still makes an honest submission fail.
 */
export class ContainerWatch {
  private readonly told = new Map<string, Told>()
  private readonly docker: Docker
  private readonly onBack: (awaySince: number) => void
  private awaySince: number | null = null
  private stream: Readable | null = null
  private again: NodeJS.Timeout | undefined
  private stopped = false
  /** Seconds since 1970: what happened while the stream was away is told when it is back. */
  private seenUntil = Math.floor(Date.now() / 1_000)

  /** `onBack`: Docker was away and answers again; containers made before that moment (epoch milliseconds) may have ended. */
  constructor(docker: Docker, onBack: (awaySince: number) => void) {
    this.docker = docker
    this.onBack = onBack
  }

  of(containerId: string): Told {
    return this.told.get(containerId) ?? { pause: 0, kill: 0 }
  }

  start(): void {
    if (this.stream || this.stopped) return
    this.listen().catch(() => this.listenAgain())
  }

  stop(): void {
    this.stopped = true
    clearTimeout(this.again)
    this.stream?.destroy()
  }

  private async listen(): Promise<void> {
    const stream = (await this.docker.getEvents({
      since: this.seenUntil,
      filters: { type: ['container'], event: [...watched], label: [`${ownerLabel}=${owner}`] },
    })) as Readable
    if (this.stopped) return void stream.destroy()
    this.stream = stream
    if (this.awaySince !== null) this.onBack(this.awaySince)
    this.awaySince = null
    let rest = ''
    stream.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) this.note(line)
    })
    stream.on('error', () => {})
    stream.once('close', () => {
      this.stream = null
      this.listenAgain()
    })
  }

  private listenAgain(): void {
    this.awaySince ??= Date.now()
    if (!this.stopped) this.again = setTimeout(() => this.start(), againMs)
  }

  private note(line: string): void {
    try {
      const { id, Action, timeNano } = JSON.parse(line) as { id: string; Action: keyof Told; timeNano: number }
      this.seenUntil = Math.floor(timeNano / 1e9) + 1
      const before = this.of(id)
      this.told.set(id, { ...before, [Action]: before[Action] + 1 })
      const [oldest] = this.told.keys()
      if (this.told.size > remembered && oldest) this.told.delete(oldest)
    } catch {
      // Not an event.
    }
  }
}

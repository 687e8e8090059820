import { type EngineKind, engineKinds, type Language, type Limits } from './exercise.ts'
import type { ImageProgress, ResolvedImage } from './images/images.ts'

export type EngineHealth = {
  image: string | null
  version: string | null
  state: 'waiting' | 'pulling' | 'building' | 'ready' | 'failed'
  step: string | null
  message: string | null
}
type SandboxLimits = Pick<Limits, 'memoryMb' | 'pids' | 'outputBytes'>

/** What is ready for the next submission. */
export type Warmth = {
  /** Submissions that have a slot, those included whose slot is still being given back. */
  busySlots: number
  /** Memory of all that is unused. */
  bytes: number
  judges: number
  engines: Record<EngineKind, number>
  /** A sandbox waits for whoever needs just this. */
  sandboxes: { language: Language; engines: EngineKind[]; limits: SandboxLimits; ready: number }[]
}

export type GradersHealth = {
  /** `unavailable`: no container engine; `message` says what is missing and how to add it. */
  state: 'starting' | 'preparing' | 'ready' | 'unavailable'
  message: string | null
  engines: Record<EngineKind, EngineHealth>
  images: ImageProgress[]
  warm: Warmth
}

/** Warm things come and go several times a submission: told together, this long after the first change. */
const gatherMs = 100

/** What is known of the graders, told to whoever listens on every change. */
export class HealthBoard {
  private state: GradersHealth['state'] = 'starting'
  private message: string | null = null
  private readonly progress = new Map<string, ImageProgress>()
  private readonly resolved = new Map<string, ResolvedImage>()
  private readonly listeners: ((health: GradersHealth) => void)[] = []
  private readonly warm: () => Warmth
  private gathering: NodeJS.Timeout | null = null

  constructor(warm: () => Warmth) {
    this.warm = warm
  }

  onChange(listener: (health: GradersHealth) => void): void {
    this.listeners.push(listener)
  }

  enter(state: GradersHealth['state'], message: string | null = null): void {
    this.state = state
    this.message = message
    this.tell()
  }

  note(progress: ImageProgress): void {
    this.progress.set(progress.name, progress)
    this.tell()
  }

  noteReady(image: ResolvedImage): void {
    this.resolved.set(image.name, image)
  }

  read(): GradersHealth {
    const engines = Object.fromEntries(engineKinds.map((kind) => [kind, this.engine(kind)]))
    return {
      state: this.state,
      message: this.message,
      engines: engines as Record<EngineKind, EngineHealth>,
      images: [...this.progress.values()],
      warm: this.warm(),
    }
  }

  noteWarmth(): void {
    this.gathering ??= setTimeout(() => {
      this.gathering = null
      this.tell()
    }, gatherMs).unref()
  }

  private engine(kind: EngineKind): EngineHealth {
    const progress = this.progress.get(kind)
    const image = this.resolved.get(kind)
    return {
      image: image?.reference ?? null,
      version: image?.product ?? null,
      state: progress?.state ?? 'waiting',
      step: progress?.step ?? null,
      message: progress?.message ?? null,
    }
  }

  private tell(): void {
    const health = this.read()
    for (const listener of this.listeners) listener(health)
  }
}

import type { EngineKind } from '../exercise.ts'
import { type JudgeProcess, startJudge } from '../judge/process.ts'
import { idleMs, judgeBytes, runsPerJudge } from './limits.ts'
import { type Shared, WarmPool } from './pool.ts'

/**
 * Judges that wait for an order. To start one costs more processor time than what most do in a run, and code that has run is
 * faster, so one that has closed all that its run opened takes another order.
 */
export class JudgePool {
  private readonly pool: WarmPool<JudgeProcess>
  // Whose drivers a judge that is started ahead of need loads: of what waits, else of what somebody opened or sent last.
  private announced: EngineKind[] | null = null
  private last: EngineKind[] = []

  /** `keep`: unused ones. */
  constructor(keep: number, shared: Shared) {
    this.pool = new WarmPool<JudgeProcess>({
      keep,
      idleMs,
      open: () => readyJudge(this.announced ?? this.last),
      close: (judge) => judge.kill(),
      isFit: (judge) => judge.isAlive(),
      bytesOf: (judge) => judge.memoryBytes(),
      shared,
    })
  }

  get ready(): number {
    return this.pool.ready
  }

  /** Rejects with JudgeCrashed when none can be started. */
  async take(kinds: EngineKind[]): Promise<JudgeProcess> {
    this.last = kinds
    const judge = await this.pool.take()
    judge.prepare(kinds)
    return judge
  }

  /** After a run that left no doubt. */
  async giveBack(judge: JudgeProcess): Promise<void> {
    const mayRunAgain = judge.runs < runsPerJudge && (await judge.rest()) && (await judge.memoryBytes()) <= judgeBytes
    await (mayRunAgain ? this.pool.giveBack(judge) : this.discard(judge))
  }

  discard(judge: JudgeProcess): Promise<void> {
    return this.pool.discard(judge)
  }

  /** Somebody will send for these engines. */
  warm(kinds: EngineKind[]): void {
    this.last = kinds
    this.refill()
  }

  /** What the next in the queue needs; null when nothing waits. */
  announce(kinds: EngineKind[] | null): void {
    this.announced = kinds
    if (kinds) this.refill()
  }

  refill(): void {
    this.pool.refill()
  }

  close(): Promise<void> {
    return this.pool.close()
  }
}

async function readyJudge(kinds: EngineKind[]): Promise<JudgeProcess> {
  const judge = startJudge(kinds)
  await judge.ready
  return judge
}

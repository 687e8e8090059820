/** So many may be inside at once; the others wait in the order they came. */
export class Permits {
  private readonly count: number
  private free: number
  private readonly waiting: (() => void)[] = []

  constructor(count: number) {
    this.count = count
    this.free = count
  }

  get taken(): number {
    return this.count - this.free
  }

  /** Resolves with what gives the permit back; rejects with the signal's reason while it still waits. */
  async take(signal?: AbortSignal): Promise<() => void> {
    signal?.throwIfAborted()
    if (this.free > 0) this.free--
    else await this.turn(signal)
    let held = true
    return () => {
      if (!held) return
      held = false
      const next = this.waiting.shift()
      if (next) next()
      else this.free++
    }
  }

  private turn(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = () => {
        signal?.removeEventListener('abort', leave)
        resolve()
      }
      const leave = () => {
        this.waiting.splice(this.waiting.indexOf(enter), 1)
        reject(signal?.reason)
      }
      this.waiting.push(enter)
      signal?.addEventListener('abort', leave, { once: true })
    })
  }
}

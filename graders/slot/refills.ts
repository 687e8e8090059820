/**
 * Whatever is opened ahead of need: one thing at a time, and none begins while a submission waits for its slot, because on
 * two cores a container that starts slows down everything else.
 */
export class Refills {
  private readonly queue: (() => Promise<void>)[] = []
  private holds = 0
  private isRunning = false

  /** Somebody waits. Call what it returns when the wait is over. */
  hold(): () => void {
    this.holds++
    let held = true
    return () => {
      if (!held) return
      held = false
      this.holds--
      this.next()
    }
  }

  /** Resolves when the work is done, and it is done in turn. Rejects as it does. */
  run(work: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.queue.push(() => work().then(resolve, reject))
      this.next()
    })
  }

  private next(): void {
    if (this.isRunning || this.holds > 0) return
    const work = this.queue.shift()
    if (!work) return
    this.isRunning = true
    void work().finally(() => {
      this.isRunning = false
      this.next()
    })
  }
}

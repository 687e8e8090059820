import { sandboxesPerRun } from './limits.ts'

/** `seen`: these very tests have run before. Otherwise `most` is what is known of the suite's other runs. */
export type Expectation = { most: number; seen: boolean }

/**
 * How many processes a suite starts beside the first, as far as its runs have shown: those are opened ahead of their tests, and
 * none that nobody will ask for. It is a guess, and a wrong one costs a container or a wait.
 */
export class ExpectedSandboxes {
  /** By suite and tests, and by suite alone. */
  private readonly most = new Map<string, number>()

  of(suite: string, tests: string[]): Expectation {
    const most = this.most.get(keyOf(suite, tests))
    if (most !== undefined) return { most, seen: true }
    // Suites that start a process mostly start another, single tests do not.
    return { most: tests.length > 1 ? (this.most.get(keyOf(suite)) ?? sandboxesPerRun) : 0, seen: false }
  }

  /** The most, because a failed test may end before it starts any. */
  note(suite: string, tests: string[], started: number): void {
    for (const key of [keyOf(suite, tests), keyOf(suite)])
      this.most.set(key, Math.max(started, this.most.get(key) ?? 0))
  }
}

const keyOf = (suite: string, tests: string[] = []) => JSON.stringify([suite, ...tests])

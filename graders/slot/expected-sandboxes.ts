/**
 * How many processes a suite starts beside the first, as far as its runs have shown: those are opened ahead of their tests, and
 * none that nobody will ask for. It is a guess, and a wrong one costs a container or a wait.
 */
export class ExpectedSandboxes {
  private readonly most = new Map<string, number>()

  /** Undefined as long as these tests of a suite have not been seen. */
  of(suite: string, tests: string[]): number | undefined {
    return this.most.get(keyOf(suite, tests))
  }

  /** The most, because a failed test may end before it starts any. */
  note(suite: string, tests: string[], started: number): void {
    const key = keyOf(suite, tests)
    this.most.set(key, Math.max(started, this.most.get(key) ?? 0))
  }
}

const keyOf = (suite: string, tests: string[]) => JSON.stringify([suite, ...tests])

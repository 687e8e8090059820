import { type Evidence, verdictOf } from './verdict.ts'

/** Why evidence is odd, and which tests the reference solution has to pass to dispel the doubt; null: all of them. */
export type Oddity = { reason: string; tests: string[] | null }

/**
 * Whether we could be the cause of what looks like the submission's. A limit of time alone is no proof: a machine that
 * stood still looks the same. One test at its deadline is taken at its word, because a suite whose reference passes it leaves it
 * room; several at once, a whole suite, a load or a judge that had to be killed are not. Null: nothing is odd. Pure.
 */
export function oddityOf(evidence: Evidence): Oddity | null {
  const { judge, load, tests, sandboxes, suiteDeadline, expectedTests } = evidence
  const verdict = verdictOf(evidence)
  if (verdict === 'internal-error') return { reason: 'something of ours broke', tests: null }
  if (verdict === 'time-limit') {
    if (judge === 'killed-by-deadline') return { reason: 'the judge had to be killed at its deadline', tests: null }
    if (load.outcome === 'deadline') return { reason: 'loading did not end', tests: expectedTests.slice(0, 1) }
    if (suiteDeadline) return { reason: 'all tests together took too long', tests: null }
    const late = tests.filter(({ outcome }) => outcome === 'timed-out').map(({ name }) => name)
    if (late.length > 1) return { reason: 'several tests hit their deadline', tests: late }
  }
  const sawExit = tests.some(({ cause }) => cause === 'sandbox-exit')
  if (verdict === 'wrong-answer' && sawExit && !sandboxes.some(({ exitedByItself }) => exitedByItself))
    return { reason: 'a test lost a process that had not ended', tests: null }
  return null
}

/** Whether the cause is known and no submission's: then nothing about the submission follows, however often it happens. */
export const isSurelyOurs = ({ meddling, load, sandboxes }: Evidence): boolean =>
  meddling !== null || (load.outcome === 'not-tried' && sandboxes.length === 0)

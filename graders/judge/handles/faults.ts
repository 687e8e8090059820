import type { EngineLink } from '../back-end.ts'
import { ExpectationError } from '../until.ts'

/**
 * Pause and restart, the same for every engine. A pause ends by itself; `heal` ends it early. Between `heal` and `begin` nothing
 * happens that a test still wishes for: one that hit its deadline may go on for a step, beneath the clean-up.
 */
export function engineFaults(
  link: Pick<EngineLink, 'pause' | 'unpause' | 'restart'>,
  whenBack: () => Promise<unknown>,
) {
  let frozen: NodeJS.Timeout | null = null
  /** The thaw under way, if any: whoever comes next waits for it, because the engine answers before it has ended. */
  let thawing: Promise<void> = Promise.resolve()
  let restarting: Promise<unknown> = Promise.resolve()
  let isOver = false
  const mustBeOpen = () => {
    if (isOver) throw new ExpectationError('the test has ended')
  }
  const thaw = (): Promise<void> => {
    if (frozen === null) return thawing
    clearTimeout(frozen)
    frozen = null
    thawing = link.unpause()
    return thawing
  }
  return {
    /** Resolves once the engine is frozen; `ms` later it goes on. */
    async pause(ms: number): Promise<void> {
      mustBeOpen()
      await thaw()
      await link.pause()
      // A thaw that fails shows to whoever waits for it, at the latest at the end of the test.
      frozen = setTimeout(() => void thaw().catch(() => {}), ms)
    },
    /** Resolves when the inspector gets answers again. */
    async restart(): Promise<void> {
      mustBeOpen()
      restarting = thaw()
        .then(() => link.restart())
        .then(whenBack)
      await restarting
    },
    begin(): void {
      isOver = false
    },
    /** Thaws, and waits for a restart whose test no longer does. A restart that fails shows to whoever uses the engine next. */
    async heal(): Promise<void> {
      isOver = true
      await thaw()
      await restarting.catch(() => {})
    },
  }
}

import type { EngineLink } from '../back-end.ts'

/** Pause and restart, the same for every engine. A pause ends by itself; `thaw` ends it early. */
export function engineFaults(
  link: Pick<EngineLink, 'pause' | 'unpause' | 'restart'>,
  whenBack: () => Promise<unknown>,
) {
  let frozen: NodeJS.Timeout | null = null
  /** The thaw under way, if any: whoever comes next waits for it, because the engine answers before it has ended. */
  let thawing: Promise<void> = Promise.resolve()
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
      await thaw()
      await link.pause()
      // A thaw that fails shows to whoever waits for it, at the latest at the end of the test.
      frozen = setTimeout(() => void thaw().catch(() => {}), ms)
    },
    /** Resolves when the inspector gets answers again. */
    async restart(): Promise<void> {
      await thaw()
      await link.restart()
      await whenBack()
    },
    thaw,
  }
}

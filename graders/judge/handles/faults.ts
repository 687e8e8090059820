import type { EngineLink } from '../back-end.ts'

/** Pause and restart, the same for every engine. A pause ends by itself; `thaw` ends it early. */
export function engineFaults(link: Pick<EngineLink, 'pause' | 'unpause' | 'restart'>, whenBack: () => Promise<unknown>) {
  let thawing: NodeJS.Timeout | null = null
  const thaw = async () => {
    if (thawing === null) return
    clearTimeout(thawing)
    thawing = null
    await link.unpause()
  }
  return {
    /** Resolves once the engine is frozen; `ms` later it goes on. */
    async pause(ms: number): Promise<void> {
      await thaw()
      await link.pause()
      // A thaw that fails shows when the next test can't reset the engine.
      thawing = setTimeout(() => void thaw().catch(() => {}), ms)
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

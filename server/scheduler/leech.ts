import type { Settings } from './types.ts'

/** Whether the lapse that brought an item to `lapses` marks it as a leech: at the threshold, then at every further few. */
export function leechAfter(lapses: number, settings: Pick<Settings, 'leechLapses' | 'leechEvery'>): boolean {
  return lapses >= settings.leechLapses && (lapses - settings.leechLapses) % settings.leechEvery === 0
}

import { useState } from 'preact/hooks'
import { read, write } from './storage.ts'

export type Theme = 'system' | 'light' | 'dark'
const order: Theme[] = ['system', 'light', 'dark']

/** The chosen theme and a step to the next one. `public/theme.js` applies it before the first paint. */
export function useTheme(): [Theme, () => void] {
  const [theme, setTheme] = useState<Theme>(() => (read('theme') as Theme | null) ?? 'system')
  const next = () => {
    const chosen = order[(order.indexOf(theme) + 1) % order.length] ?? 'system'
    if (chosen === 'system') delete document.documentElement.dataset.theme
    else document.documentElement.dataset.theme = chosen
    write('theme', chosen === 'system' ? null : chosen)
    setTheme(chosen)
  }
  return [theme, next]
}

import { useLayoutEffect, useRef } from 'preact/hooks'

/**
 * Keys of a whole screen. Silent while a field is written in, while a dialog is open, with modifiers (except the names that
 * say so, such as 'ctrl+z'), and for Space and Enter on a focused button or link, which belong to it.
 */
export function useKeys(handle: (key: string) => boolean): void {
  const latest = useRef(handle)
  latest.current = handle
  // Before the next paint: between two cards no key may fall into a gap.
  useLayoutEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.repeat || event.altKey) return
      const target = event.target instanceof Element ? event.target : null
      if (target?.closest('input:not([readonly]), textarea:not([readonly]), select, [contenteditable="true"], dialog'))
        return
      const press = event.key === ' ' || event.key === 'Enter'
      if (press && target?.closest('button, a, summary')) return
      const key = event.key === ' ' ? 'space' : event.key.toLowerCase()
      if (latest.current(event.ctrlKey || event.metaKey ? `ctrl+${key}` : key)) event.preventDefault()
    }
    addEventListener('keydown', listen)
    return () => removeEventListener('keydown', listen)
  }, [])
}

/** localStorage under our own prefix. Storage that is full or switched off loses a convenience, never the page. */

const prefix = 'drillbase.'

export function read(name: string): string | null {
  try {
    return localStorage.getItem(prefix + name)
  } catch {
    return null
  }
}

/** Null removes it. Returns whether it is stored now. */
export function write(name: string, value: string | null): boolean {
  try {
    if (value === null) localStorage.removeItem(prefix + name)
    else localStorage.setItem(prefix + name, value)
    return true
  } catch {
    return false
  }
}

/** Names that start with `start`, sorted. */
export function names(start: string): string[] {
  try {
    return Object.keys(localStorage)
      .filter((key) => key.startsWith(prefix + start))
      .map((key) => key.slice(prefix.length))
      .sort()
  } catch {
    return []
  }
}

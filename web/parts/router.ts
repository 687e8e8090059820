import { useEffect, useState } from 'preact/hooks'

/** History routing without hashes. Plain links work: a click on one of ours is turned into a navigation here. */

const changed = new EventTarget()
const tell = () => changed.dispatchEvent(new Event('change'))

/** Goes to a path of this page, such as '/review?minutes=15'. */
export function navigate(to: string): void {
  if (to !== location.pathname + location.search) history.pushState(null, '', to)
  window.scrollTo(0, 0)
  tell()
}

/** Listens to the browser's back button and to clicks on links that stay within the page. Call once. */
export function startRouter(): void {
  addEventListener('popstate', tell)
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0) return
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    const link = (event.target as Element | null)?.closest?.('a')
    if (!link || link.origin !== location.origin || link.target || link.pathname.startsWith('/api/')) return
    // A jump within the page is the browser's business.
    if (link.hash && link.pathname === location.pathname) return
    event.preventDefault()
    navigate(link.pathname + link.search)
  })
}

export function useLocation(): { path: string; query: URLSearchParams } {
  const read = () => location.pathname + location.search
  const [href, setHref] = useState(read)
  useEffect(() => {
    const update = () => setHref(read())
    changed.addEventListener('change', update)
    return () => changed.removeEventListener('change', update)
  }, [])
  const [path = '/', search = ''] = href.split('?', 2)
  return { path, query: new URLSearchParams(search) }
}

/** `match('/sections/:id', '/sections/62.1')` is `{id: '62.1'}`; null where the path is another one. */
export function match(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split('/')
  const given = path.replace(/(.)\/$/, '$1').split('/')
  if (wanted.length !== given.length) return null
  const parameters: Record<string, string> = {}
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? ''
    if (!part.startsWith(':')) {
      if (part !== value) return null
      continue
    }
    try {
      parameters[part.slice(1)] = decodeURIComponent(value)
    } catch {
      return null
    }
  }
  return parameters
}

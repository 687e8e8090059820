import type { ComponentChildren } from 'preact'
import { Icon, type IconName } from './icon.tsx'
import { useLocation } from './router.ts'
import { useTheme } from './theme.ts'
import { Toast } from './toast.tsx'
import { UnsentBadge } from './unsent-badge.tsx'

const places: { href: string; label: string; icon: IconName; own: string[] }[] = [
  { href: '/', label: 'Today', icon: 'today', own: ['/review'] },
  { href: '/sections', label: 'Sections', icon: 'sections', own: ['/exercises'] },
  { href: '/progress', label: 'Progress', icon: 'progress', own: ['/submissions'] },
]

/** The frame of every screen: name, places, theme; on a phone the places are at the thumb. */
export function Shell({ children, calm }: { children: ComponentChildren; calm: boolean }) {
  const { path } = useLocation()
  const [theme, nextTheme] = useTheme()
  const here = (href: string, own: string[]) =>
    path === href || [href === '/' ? '/today' : href, ...own].some((start) => path.startsWith(start))
  return (
    <div class={calm ? 'shell shell-calm' : 'shell'}>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <header class="top">
        <a class="brand" href="/" aria-label="Drillbase, to today">
          <Icon name="mark" />
          <span>Drillbase</span>
        </a>
        <nav class="places" aria-label="Places">
          {places.map(({ href, label, icon, own }) => (
            <a key={href} href={href} aria-current={here(href, own) ? 'page' : undefined}>
              <Icon name={icon} />
              <span>{label}</span>
            </a>
          ))}
        </nav>
        <UnsentBadge />
        <button
          type="button"
          class="icon-button"
          onClick={nextTheme}
          aria-label={`Theme: ${theme}. Change it`}
          title={`Theme: ${theme}`}
        >
          <Icon name={theme === 'system' ? 'system' : theme === 'light' ? 'sun' : 'moon'} />
        </button>
      </header>
      <main id="main" tabIndex={-1}>
        {children}
      </main>
      <Toast />
    </div>
  )
}

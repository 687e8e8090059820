import { useEffect } from 'preact/hooks'

/** The tab says where one is. */
export function useTitle(title: string | undefined): void {
  useEffect(() => {
    document.title = title ? `${title} · Drillbase` : 'Drillbase'
  }, [title])
}

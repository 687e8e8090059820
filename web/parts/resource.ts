import { useCallback, useEffect, useRef, useState } from 'preact/hooks'

/** What was loaded last, by key: a screen seen before shows at once and is refreshed behind the learner's back. */
const seen = new Map<string, unknown>()

export type Resource<T> = { data: T | undefined; error: Error | null; reload: () => Promise<void> }

/**
 * Loads when the key changes. An older answer that arrives after a newer one is dropped; an error keeps what is shown.
 */
export function useResource<T>(key: string, load: () => Promise<T>): Resource<T> {
  const [shown, setShown] = useState<{ key: string; data: T | undefined; error: Error | null }>()
  const turn = useRef(0)
  const latest = useRef(load)
  latest.current = load

  const reload = useCallback(async () => {
    turn.current += 1
    const mine = turn.current
    try {
      const data = await latest.current()
      seen.set(key, data)
      if (mine === turn.current) setShown({ key, data, error: null })
    } catch (error) {
      if (mine === turn.current) setShown({ key, data: seen.get(key) as T | undefined, error: error as Error })
    }
  }, [key])

  useEffect(() => {
    void reload()
    return () => {
      turn.current += 1
    }
  }, [reload])

  const current = shown?.key === key ? shown : undefined
  return { data: current ? current.data : (seen.get(key) as T | undefined), error: current?.error ?? null, reload }
}

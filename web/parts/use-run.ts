import { useEffect, useState } from 'preact/hooks'
import type { Exercise, Run, RunEvent } from '../../server/api/contract.ts'
import { api } from '../api.ts'
import { followEvents } from './event-stream.ts'
import { queuedRun, type RunView, withRunEvent } from './run-view.ts'
import { isFinal } from './submission-view.ts'
import { say } from './toast.tsx'

/** The last run of this visit. A reload forgets it: it has cost nothing, and is repeated by one key. */
export function useRun(exercise: Exercise) {
  const [id, setId] = useState<string | null>(null)
  const [view, setView] = useState<RunView | null>(null)
  const [sending, setSending] = useState(false)
  useEffect(() => {
    if (id === null) return
    const ended = async (): Promise<RunEvent | null> => {
      const run = await api.oneRun(id)
      return isFinal(run.status) ? { type: 'final', run } : null
    }
    return followEvents<RunEvent>(`/api/runs/${id}/events`, ended, (event) =>
      setView((now) => now && withRunEvent(now, event)),
    )
  }, [id])

  /** Resolves with whether it was taken. */
  const start = async (language: Run['language'], code: string): Promise<boolean> => {
    if (sending || !code.trim()) return false
    setSending(true)
    try {
      const { id: started } = await api.run({ exercise: exercise.id, language, code })
      setView(queuedRun)
      setId(started)
      return true
    } catch (error) {
      say('problem', (error as Error).message)
      return false
    } finally {
      setSending(false)
    }
  }
  const cancel = () => {
    if (id !== null) void api.cancelRun(id).catch((error: Error) => say('problem', error.message))
  }
  /** Something else is looked at now. */
  const clear = () => {
    if (view && !view.final) cancel()
    setId(null)
    setView(null)
  }
  return { clear, view, going: view !== null && view.final === null, sending, start, cancel }
}

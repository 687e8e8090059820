import { useEffect, useState } from 'preact/hooks'
import type { Submission, SubmissionEvent } from '../../server/api/contract.ts'
import { api } from '../api.ts'
import { followEvents } from './event-stream.ts'
import { isFinal, queuedView, type SubmissionView, viewOf, withEvent } from './submission-view.ts'

export type Followed = { view: SubmissionView; submission: Submission | null; error: Error | null }

/**
 * A submission as it is now and as it goes on. `fresh`: it has just been sent, so there is nothing stored to load first.
 * `onFinal` is called once when the verdict arrives while looking, not for one that was there already.
 */
export function useSubmission(
  id: string | null,
  fresh: boolean,
  onFinal: (submission: Submission) => void,
): Followed | null {
  const [followed, setFollowed] = useState<(Followed & { id: string }) | null>(null)
  useEffect(() => {
    if (id === null) return
    let stopped = false
    let stop = () => {}
    setFollowed({ id, view: queuedView, submission: null, error: null })
    const listen = () => {
      const path = `/api/submissions/${encodeURIComponent(id)}/events`
      stop = followEvents<SubmissionEvent>(path, ended, (event) => {
        setFollowed((now) => now && { ...now, view: withEvent(now.view, event) })
        if (event.type === 'final') onFinal(event.submission)
      })
    }
    const ended = async (): Promise<SubmissionEvent | null> => {
      const submission = await api.submission(id)
      return isFinal(submission.status) ? { type: 'final', submission } : null
    }
    const start = async () => {
      try {
        const submission = await api.submission(id)
        if (stopped) return
        setFollowed({ id, view: viewOf(submission), submission, error: null })
        if (!isFinal(submission.status)) listen()
      } catch (error) {
        if (!stopped) setFollowed((now) => now && { ...now, error: error as Error })
      }
    }
    if (fresh) listen()
    else void start()
    return () => {
      stopped = true
      stop()
    }
  }, [id])
  return followed && followed.id === id ? followed : null
}

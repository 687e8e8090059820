import type { SubmissionEvent } from '../../server/api/contract.ts'
import { api } from '../api.ts'
import { isFinal } from './submission-view.ts'

const retryMs = 2_000

/**
 * Follows a submission until its end. The browser resumes a broken stream by itself (Last-Event-ID); a stream that the
 * server refuses, as while it restarts, is opened again here. Returns what stops it.
 */
export function followSubmission(id: string, onEvent: (event: SubmissionEvent) => void): () => void {
  let source: EventSource | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let stopped = false

  const stop = () => {
    stopped = true
    source?.close()
    clearTimeout(timer)
  }
  const receive = (event: SubmissionEvent) => {
    if (stopped) return
    if (event.type === 'final') stop()
    onEvent(event)
  }
  const open = () => {
    source = new EventSource(`/api/submissions/${encodeURIComponent(id)}/events`)
    source.onmessage = ({ data }) => receive(JSON.parse(data) as SubmissionEvent)
    source.onerror = () => {
      if (source?.readyState === EventSource.CLOSED && !stopped) timer = setTimeout(again, retryMs)
    }
  }
  const again = async () => {
    const submission = await api.submission(id).catch(() => null)
    if (stopped) return
    if (submission && isFinal(submission.status)) receive({ type: 'final', submission })
    else open()
  }
  open()
  return stop
}

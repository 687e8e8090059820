const retryMs = 2_000

/**
 * Follows a submission or a run until its end, which is an event of the type `final`. The browser resumes a broken stream by
 * itself (Last-Event-ID); a stream that the server refuses, as while it restarts, is opened again here, after `ended` was asked
 * for the final event. Returns what stops it.
 */
export function followEvents<Event extends { type: string }>(
  path: string,
  ended: () => Promise<Event | null>,
  onEvent: (event: Event) => void,
): () => void {
  let source: EventSource | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let stopped = false

  const stop = () => {
    stopped = true
    source?.close()
    clearTimeout(timer)
  }
  const receive = (event: Event) => {
    if (stopped) return
    if (event.type === 'final') stop()
    onEvent(event)
  }
  const open = () => {
    source = new EventSource(path)
    source.onmessage = ({ data }) => receive(JSON.parse(data) as Event)
    source.onerror = () => {
      if (source?.readyState === EventSource.CLOSED && !stopped) timer = setTimeout(again, retryMs)
    }
  }
  const again = async () => {
    const final = await ended().catch(() => null)
    if (stopped) return
    if (final) receive(final)
    else open()
  }
  open()
  return stop
}

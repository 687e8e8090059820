import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { type SSEStreamingApi, streamSSE } from 'hono/streaming'
import type { Status } from '../../graders/verdict.ts'
import type { ApiContext } from './context.ts'
import { isFinal } from './submission-face.ts'

/** Server-sent events of a job in the store: what is stored after the last one seen, then what comes, then the final one. */

/** Events written by a grading process elsewhere may come without a call: the store is asked this often. */
const pollMs = 400
/** A comment this often keeps proxies from closing a quiet stream, and shows who has gone. */
const heartbeatMs = 15_000

export const eventHeaders = z.object({ 'last-event-id': z.coerce.number().int().min(0).optional() })
export const eventResponses = {
  200: {
    content: { 'text/event-stream': { schema: z.string() } },
    description: 'Stored events after Last-Event-ID, then live ones; ends after the final one',
  },
  204: { description: 'The final event was seen: nothing more will come, and a browser stops asking' },
}

/** The job now, with its events after a sequence number. Read in this order: once it is final, all of its events are there. */
type Look<Event> = (
  seen: number,
) => Promise<{ status: Status; events: { seq: number; data: unknown }[]; final(): Event | Promise<Event> } | null>

export function streamEvents<Event>(
  context: ApiContext,
  c: Context,
  id: string,
  after: number,
  look: Look<Event>,
): Response {
  return streamSSE(c, async (sse) => {
    const changes = follow(context, id, sse)
    try {
      await sendAll(after, sse, changes, look)
    } catch (error) {
      context.log(`Events of ${id}: ${error instanceof Error ? error.message : error}`)
    } finally {
      changes.stop()
    }
  })
}

type Changes = { next(): Promise<void>; stop(): void }

/** `next` resolves when there may be something new: on a call, after the poll interval, or when the reader has gone. */
function follow({ grader }: ApiContext, id: string, sse: SSEStreamingApi): Changes {
  let resolve = () => {}
  const ring = () => resolve()
  const stopListening = grader.onEvent(id, ring)
  sse.onAbort(ring)
  return {
    next: () =>
      new Promise<void>((done) => {
        const timer = setTimeout(done, pollMs)
        resolve = () => {
          clearTimeout(timer)
          done()
        }
      }),
    stop: stopListening,
  }
}

async function sendAll<Event>(after: number, sse: SSEStreamingApi, changes: Changes, look: Look<Event>): Promise<void> {
  const send = (data: unknown, seq?: number) =>
    sse.writeSSE({ data: JSON.stringify(data), id: seq === undefined ? undefined : String(seq) })
  let seen = after
  let quietSince = Date.now()
  for (let first = true; !sse.aborted; first = false) {
    const next = changes.next()
    const now = await look(seen)
    if (!now) return
    const { status, events } = now
    if (first && seen === 0 && events.length === 0 && !isFinal(now)) await send({ type: 'status', status, step: null })
    for (const { seq, data } of events) {
      await send(data, seq)
      seen = seq
    }
    if (isFinal(now)) return send(await now.final(), seen + 1)
    if (events.length > 0) quietSince = Date.now()
    if (Date.now() - quietSince >= heartbeatMs) {
      await sse.write(': still here\n\n')
      quietSince = Date.now()
    }
    await next
  }
}

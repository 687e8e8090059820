import { createRoute, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { type SSEStreamingApi, streamSSE } from 'hono/streaming'
import type { ApiContext } from './context.ts'
import type { SubmissionEvent } from './contract.ts'
import { errors, newRouter } from './route.ts'
import { isFinal, submissionFace } from './submission-face.ts'
import { ownSubmission, submissionParam } from './submissions.ts'

/** Events written by a grading process elsewhere come without a call: the store is asked this often. */
const pollMs = 400
/** A comment this often keeps proxies from closing a quiet stream, and shows who has gone. */
const heartbeatMs = 15_000

const eventsRoute = createRoute({
  method: 'get',
  path: '/submissions/{id}/events',
  request: {
    params: submissionParam,
    headers: z.object({ 'last-event-id': z.coerce.number().int().min(0).optional() }),
  },
  responses: {
    200: {
      content: { 'text/event-stream': { schema: z.string() } },
      description: 'Stored events after Last-Event-ID, then live ones; ends after the final one',
    },
    204: { description: 'The final event was seen: nothing more will come, and a browser stops asking' },
    ...errors('invalid-request', 'not-found'),
  },
})

export const eventsApi = (context: ApiContext) =>
  newRouter().openapi(eventsRoute, async (c) => {
    const { id } = c.req.valid('param')
    const after = c.req.valid('header')['last-event-id'] ?? 0
    const row = await ownSubmission(context, id)
    if (isFinal(row) && after > (await lastSeq(context, id))) return c.body(null, 204)
    return stream(context, c, id, after)
  })

async function lastSeq({ store }: ApiContext, id: string): Promise<number> {
  return (await store.submissions.events(id, 0)).at(-1)?.seq ?? 0
}

function stream(context: ApiContext, c: Context, id: string, after: number): Response {
  return streamSSE(c, async (sse) => {
    const changes = follow(context, id, sse)
    try {
      await sendAll(context, id, after, sse, changes)
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

async function sendAll(context: ApiContext, id: string, after: number, sse: SSEStreamingApi, changes: Changes) {
  const { store } = context
  const send = (event: SubmissionEvent, seq?: number) =>
    sse.writeSSE({ data: JSON.stringify(event), id: seq === undefined ? undefined : String(seq) })
  let seen = after
  let quietSince = Date.now()
  for (let first = true; !sse.aborted; first = false) {
    const next = changes.next()
    // The row before its events: once it is final, all of them are there.
    const row = await store.submissions.get(id)
    if (!row) return
    const events = await store.submissions.events(id, seen)
    if (first && seen === 0 && events.length === 0 && !isFinal(row)) {
      await send({ type: 'status', status: row.status, step: null })
    }
    for (const { seq, data } of events) {
      await send(data as SubmissionEvent, seq)
      seen = seq
    }
    if (isFinal(row)) return send({ type: 'final', submission: await submissionFace(store, row) }, seen + 1)
    if (events.length > 0) quietSince = Date.now()
    if (Date.now() - quietSince >= heartbeatMs) {
      await sse.write(': still here\n\n')
      quietSince = Date.now()
    }
    await next
  }
}

import { createRoute } from '@hono/zod-openapi'
import type { ApiContext } from './context.ts'
import type { SubmissionEvent } from './contract.ts'
import { eventHeaders, eventResponses, streamEvents } from './event-stream.ts'
import { errors, newRouter } from './route.ts'
import { isFinal, submissionFace } from './submission-face.ts'
import { ownSubmission, submissionParam } from './submissions.ts'

const eventsRoute = createRoute({
  method: 'get',
  path: '/submissions/{id}/events',
  request: { params: submissionParam, headers: eventHeaders },
  responses: { ...eventResponses, ...errors('invalid-request', 'not-found') },
})

export const eventsApi = (context: ApiContext) =>
  newRouter().openapi(eventsRoute, async (c) => {
    const { store } = context
    const { id } = c.req.valid('param')
    const after = c.req.valid('header')['last-event-id'] ?? 0
    const row = await ownSubmission(context, id)
    if (isFinal(row) && after > (await lastSeq(context, id))) return c.body(null, 204)
    return streamEvents<SubmissionEvent>(context, c, id, after, async (seen) => {
      const now = await store.submissions.get(id)
      if (!now) return null
      const events = await store.submissions.events(id, seen)
      const final = async () => ({ type: 'final' as const, submission: await submissionFace(store, now) })
      return { status: now.status, events, final }
    })
  })

async function lastSeq({ store }: ApiContext, id: string): Promise<number> {
  return (await store.submissions.events(id, 0)).at(-1)?.seq ?? 0
}

import { randomBytes } from 'node:crypto'
import { createRoute, type z } from '@hono/zod-openapi'
import { localLearner } from '../learning/learner.ts'
import type { RunRow } from '../store/store.ts'
import type { ApiContext } from './context.ts'
import { accepted, run, runRequest } from './contract.ts'
import { ApiError } from './errors.ts'
import { eventHeaders, eventResponses, streamEvents } from './event-stream.ts'
import { findExercise } from './exercises.ts'
import { body, errors, json, newRouter } from './route.ts'
import { runFace } from './run-face.ts'
import { isFinal } from './submission-face.ts'
import { checkOffered, submissionParam } from './submissions.ts'

const runRoute = createRoute({
  method: 'post',
  path: '/runs',
  request: { body: body(runRequest) },
  responses: {
    202: json(accepted, 'Waiting for a slot; it costs no attempt, and replaces the run before it'),
    ...errors('invalid-request', 'not-found', 'grader-unavailable', 'disk-full'),
  },
})
const oneRoute = createRoute({
  method: 'get',
  path: '/runs/{id}',
  request: { params: submissionParam },
  responses: {
    200: json(run, 'What it has shown so far, and what is in the engines once it is done'),
    ...errors('invalid-request', 'not-found'),
  },
})
const cancelRoute = createRoute({
  method: 'post',
  path: '/runs/{id}/cancel',
  request: { params: submissionParam },
  responses: {
    200: json(run, 'Cancelled at once; one that has ended stays as it is'),
    ...errors('invalid-request', 'not-found', 'disk-full'),
  },
})
const eventsRoute = createRoute({
  method: 'get',
  path: '/runs/{id}/events',
  request: { params: submissionParam, headers: eventHeaders },
  responses: { ...eventResponses, ...errors('invalid-request', 'not-found') },
})

export const runsApi = (context: ApiContext) =>
  newRouter()
    .openapi(runRoute, async (c) => c.json({ id: await start(context, c.req.valid('json')) }, 202))
    .openapi(oneRoute, async (c) => c.json(runFace(await ownRun(context, c.req.valid('param').id)), 200))
    .openapi(cancelRoute, async (c) => {
      const { id } = await ownRun(context, c.req.valid('param').id)
      await context.store.runs.cancel(id, context.now())
      context.grader.wake()
      return c.json(runFace(await ownRun(context, id)), 200)
    })
    .openapi(eventsRoute, async (c) => {
      const { id } = c.req.valid('param')
      const after = c.req.valid('header')['last-event-id'] ?? 0
      const row = await ownRun(context, id)
      if (isFinal(row) && after > row.events.length) return c.body(null, 204)
      return streamEvents(context, c, id, after, async (seen) => {
        const now = await context.store.runs.get(id)
        if (!now) return null
        const events = now.events.map((data, at) => ({ seq: at + 1, data })).slice(seen)
        return { status: now.status, events, final: () => ({ type: 'final', run: runFace(now) }) }
      })
    })

/** Throws not-found, also for somebody else's and for one that was dropped. */
async function ownRun({ store }: ApiContext, id: string): Promise<RunRow> {
  const [row, learner] = await Promise.all([store.runs.get(id), localLearner(store)])
  if (row?.learnerId !== learner.id) throw new ApiError('not-found', `There is no run ${id}.`)
  return row
}

async function start(context: ApiContext, request: z.infer<typeof runRequest>): Promise<string> {
  const { store, grader, now } = context
  const { exercise, language, code } = request
  checkOffered(context, exercise, language)
  if (findExercise(context, exercise).sample === null) {
    const message = `${exercise} has no sample to run.`
    throw new ApiError('invalid-request', message, { fields: [{ path: 'exercise', message }] })
  }
  const { id: learnerId } = await localLearner(store)
  const id = crypto.randomUUID()
  const seed = randomBytes(8).toString('hex')
  await store.runs.create({ id, learnerId, exerciseId: exercise, language, code, seed, createdAt: now() })
  grader.wake()
  return id
}

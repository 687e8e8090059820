import { randomBytes } from 'node:crypto'
import { createRoute, z } from '@hono/zod-openapi'
import type { Snapshot } from '../content/snapshot.ts'
import { paceWindowMs, untilThereIsRoomMs } from '../grading/back-pressure.ts'
import { localLearner } from '../learning/learner.ts'
import type { SubmissionRow } from '../store/store.ts'
import type { ApiContext } from './context.ts'
import {
  accepted,
  type Submission,
  submission,
  submissionList,
  submissionListQuery,
  submissionRequest,
} from './contract.ts'
import { ApiError } from './errors.ts'
import { findExercise } from './exercises.ts'
import { iso } from './memory.ts'
import { body, errors, json, newRouter } from './route.ts'
import { submissionFace } from './submission-face.ts'

export const submissionParam = z.object({ id: z.uuid().openapi({ param: { name: 'id', in: 'path' } }) })

const submitRoute = createRoute({
  method: 'post',
  path: '/submissions',
  request: { body: body(submissionRequest) },
  responses: {
    202: json(accepted, 'On disk and waiting to be graded'),
    ...errors('invalid-request', 'not-found', 'id-reused', 'queue-full', 'grader-unavailable', 'disk-full'),
  },
})
const listRoute = createRoute({
  method: 'get',
  path: '/submissions',
  request: { query: submissionListQuery },
  responses: { 200: json(submissionList, "The learner's submissions, newest first"), ...errors('invalid-request') },
})
const oneRoute = createRoute({
  method: 'get',
  path: '/submissions/{id}',
  request: { params: submissionParam },
  responses: {
    200: json(submission, 'Where it stands, and its verdict once it is done'),
    ...errors('invalid-request', 'not-found'),
  },
})
const cancelRoute = createRoute({
  method: 'post',
  path: '/submissions/{id}/cancel',
  request: { params: submissionParam },
  responses: {
    200: json(submission, 'Cancelled at once while it waits, else soon; a final one stays as it is'),
    ...errors('invalid-request', 'not-found', 'disk-full'),
  },
})

export const submissionsApi = (context: ApiContext) =>
  newRouter()
    .openapi(submitRoute, async (c) => c.json({ id: await submit(context, c.req.valid('json')) }, 202))
    .openapi(listRoute, async (c) => c.json(await listSubmissions(context, c.req.valid('query')), 200))
    .openapi(oneRoute, async (c) => {
      const row = await ownSubmission(context, c.req.valid('param').id)
      return c.json(await submissionFace(context.store, row), 200)
    })
    .openapi(cancelRoute, async (c) => c.json(await cancel(context, c.req.valid('param').id), 200))

/** Throws not-found, also for somebody else's. */
export async function ownSubmission({ store }: ApiContext, id: string): Promise<SubmissionRow> {
  const [row, learner] = await Promise.all([store.submissions.get(id), localLearner(store)])
  if (row?.learnerId !== learner.id) throw new ApiError('not-found', `There is no submission ${id}.`)
  return row
}

async function submit(context: ApiContext, request: z.infer<typeof submissionRequest>): Promise<string> {
  const { store, grader, now } = context
  const { id = crypto.randomUUID(), exercise, language, code, activeMs = null } = request
  const learner = await localLearner(store)
  // Sent again because the answer got lost: whether there is room matters no more.
  const isKnown = request.id !== undefined && (await store.submissions.get(id)) !== null
  if (!isKnown) await checkGradable(context, exercise, language)
  const { created } = await store.submissions.create({
    id,
    learnerId: learner.id,
    exerciseId: exercise,
    language,
    code,
    activeMs,
    seed: randomBytes(8).toString('hex'),
    createdAt: now(),
  })
  if (created) grader.wake()
  return id
}

async function checkGradable(context: ApiContext, exerciseId: string, language: Submission['language']): Promise<void> {
  checkOffered(context, exerciseId, language)
  await checkRoom(context)
}

/** That there is such an exercise in this language, and that this machine can run it at all. */
export function checkOffered(context: ApiContext, exerciseId: string, language: Submission['language']): void {
  const { exercise } = findExercise(context, exerciseId)
  if (!exercise.languages.includes(language)) {
    const message = `${exerciseId} is offered in ${exercise.languages.join(' and ')}.`
    throw new ApiError('invalid-request', message, { fields: [{ path: 'language', message }] })
  }
  const { state, message } = context.grader.health()
  if (state === 'unavailable')
    throw new ApiError('grader-unavailable', message ?? 'Nothing can be graded on this machine.')
}

async function checkRoom({ store: { submissions }, queueLength, now }: ApiContext): Promise<void> {
  const waiting = await submissions.waiting()
  if (waiting < queueLength) return
  const finished = await submissions.finishedSince(now() - paceWindowMs)
  const retryAfterMs = untilThereIsRoomMs({ waiting, queueLength, finished })
  const seconds = Math.ceil(retryAfterMs / 1_000)
  const message = `${waiting} submissions are waiting already, and no more are taken. There should be room in ${seconds} s; your code stays in the editor.`
  throw new ApiError('queue-full', message, { retryAfterMs })
}

async function cancel(context: ApiContext, id: string): Promise<Submission> {
  const { learnerId } = await ownSubmission(context, id)
  const row = await context.store.submissions.cancel(id, learnerId, context.now())
  context.grader.wake()
  return submissionFace(context.store, row)
}

async function listSubmissions(
  { store, catalog }: ApiContext,
  { exercise, limit }: z.infer<typeof submissionListQuery>,
): Promise<z.infer<typeof submissionList>> {
  const learner = await localLearner(store)
  const rows = await store.submissions.list(learner.id, { exerciseId: exercise, limit })
  return { submissions: rows.map((row) => submissionLine(row, catalog.snapshot)) }
}

/** A submission in a list. */
export function submissionLine(
  { id, exerciseId, language, status, verdict, createdAt }: SubmissionRow,
  { exerciseById }: Snapshot,
): z.infer<typeof submissionList>['submissions'][number] {
  const title = exerciseById.get(exerciseId)?.exercise.title ?? exerciseId
  return { id, exercise: exerciseId, title, language, status, verdict, createdAt: iso(createdAt) }
}

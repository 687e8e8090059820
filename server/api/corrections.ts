import { createRoute, type z } from '@hono/zod-openapi'
import { applyReview } from '../learning/item-state.ts'
import { localLearner } from '../learning/learner.ts'
import type { ApiContext } from './context.ts'
import { correctionRequest, type Submission, submission } from './contract.ts'
import { body, errors, json, newRouter } from './route.ts'
import { submissionFace } from './submission-face.ts'
import { ownSubmission, submissionParam } from './submissions.ts'

const correctRoute = createRoute({
  method: 'post',
  path: '/submissions/{id}/rating',
  request: { params: submissionParam, body: body(correctionRequest) },
  responses: {
    200: json(submission, 'The submission with its new rating, which stands in the place of the one from the verdict'),
    ...errors('invalid-request', 'not-found', 'nothing-to-correct', 'id-reused', 'disk-full'),
  },
})

export const correctionsApi = (context: ApiContext) =>
  newRouter().openapi(correctRoute, async (c) =>
    c.json(await correct(context, c.req.valid('param').id, c.req.valid('json')), 200),
  )

/** The learner knows better than a verdict how it went: solved with a colleague's help, say, or slow because of a call. */
async function correct(
  context: ApiContext,
  submissionId: string,
  { id, rating }: z.infer<typeof correctionRequest>,
): Promise<Submission> {
  const { store } = context
  const row = await ownSubmission(context, submissionId)
  const learner = await localLearner(store)
  const correction = { id, learnerId: learner.id, submissionId, rating }
  await store.reviews.correct(correction, applyReview('exercise', learner.settings))
  return submissionFace(store, row)
}

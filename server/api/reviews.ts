import { createRoute, type z } from '@hono/zod-openapi'
import { applyReview, freshState } from '../learning/item-state.ts'
import { clockAt, localLearner } from '../learning/learner.ts'
import { studyDay } from '../scheduler/day.ts'
import type { ApiContext } from './context.ts'
import { type ReviewReply, type ReviewRequest, reviewReply, reviewRequest, undoReply } from './contract.ts'
import { ApiError } from './errors.ts'
import { memoryFace } from './memory.ts'
import { body, errors, json, newRouter } from './route.ts'

const answerRoute = createRoute({
  method: 'post',
  path: '/reviews',
  request: { body: body(reviewRequest) },
  responses: {
    200: json(reviewReply, 'On disk: the new state of the item'),
    ...errors('invalid-request', 'not-found', 'stale-version', 'id-reused', 'disk-full'),
  },
})

const undoRoute = createRoute({
  method: 'post',
  path: '/reviews/undo',
  responses: {
    200: json(undoReply, 'The last review is taken back'),
    ...errors('nothing-to-undo', 'disk-full'),
  },
})

export const reviewsApi = (context: ApiContext) =>
  newRouter()
    .openapi(answerRoute, async (c) => c.json(await answerReview(context, c.req.valid('json')), 200))
    .openapi(undoRoute, async (c) => c.json(await undoReview(context), 200))

async function answerReview({ store, catalog, now }: ApiContext, request: ReviewRequest): Promise<ReviewReply> {
  const item = catalog.snapshot.items.get(request.item)
  if (!item) throw new ApiError('not-found', `There is no item ${request.item}.`)
  const learner = await localLearner(store)
  const answeredAt = answerInstant(request, now())
  const clock = clockAt(learner, answeredAt)
  const { review, state, replayed, moved } = await store.reviews.answer(
    {
      id: request.id,
      learnerId: learner.id,
      itemId: item.id,
      rating: request.rating,
      origin: 'answer',
      submissionId: null,
      answeredAt,
      durationMs: request.durationMs,
      timeZone: clock.timeZone,
      rolloverHour: clock.rolloverHour,
      studyDay: studyDay(answeredAt, clock.timeZone, clock.rolloverHour),
      version: request.version,
      merge: request.merge ?? false,
    },
    freshState(item.id, clock),
    applyReview(item.kind, learner.settings),
  )
  const { id, rating } = request
  const { version, memory, leech } = state
  const setAside = review?.setAside ?? false
  return { id, item: item.id, version, rating, memory: memoryFace(memory), leech, replayed, moved, setAside }
}

/** How far a page's clock may be behind before its word is not taken. */
const toleranceMs = 15 * 60_000

/**
 * When the answer was given (epoch ms). Never in the future. An answer that is sent as it is given is no older than a few
 * minutes, so a clock that is days off is put right; one kept while offline (`merge`) may be as old as it says.
 */
function answerInstant({ answeredAt, merge }: ReviewRequest, now: number): number {
  const claimed = Math.min(Date.parse(answeredAt), now)
  return merge || claimed >= now - toleranceMs ? claimed : now
}

async function undoReview({ store }: ApiContext): Promise<z.infer<typeof undoReply>> {
  const learner = await localLearner(store)
  const { review, state } = await store.reviews.undo(learner.id)
  return { review: review.id, item: review.itemId, version: state.version, memory: memoryFace(state.memory) }
}

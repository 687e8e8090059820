import { createRoute, type z } from '@hono/zod-openapi'
import type { CatalogExercise } from '../content/exercise-folder.ts'
import { courseOf } from '../learning/course.ts'
import { localLearner } from '../learning/learner.ts'
import { exerciseRating } from '../learning/rate-exercise.ts'
import { isDue } from '../scheduler/due.ts'
import type { ApiContext } from './context.ts'
import { type Exercise, exercise, giveUpReply } from './contract.ts'
import { ApiError } from './errors.ts'
import { exerciseSummaryOf } from './exercise-face.ts'
import { hintsFace } from './hints-face.ts'
import { ratingFace } from './memory.ts'
import { errors, idParam, json, newRouter } from './route.ts'

const oneRoute = createRoute({
  method: 'get',
  path: '/exercises/{id}',
  request: { params: idParam },
  responses: {
    200: json(exercise, 'The task; solution and hidden tests once it is solved or given up'),
    ...errors('not-found'),
  },
})
const giveUpRoute = createRoute({
  method: 'post',
  path: '/exercises/{id}/give-up',
  request: { params: idParam },
  responses: {
    200: json(giveUpReply, 'The solution, and a rating of Again if the exercise was due'),
    ...errors('not-found', 'disk-full'),
  },
})

export const exercisesApi = (context: ApiContext) =>
  newRouter()
    .openapi(oneRoute, async (c) => c.json(await oneExercise(context, c.req.valid('param').id), 200))
    .openapi(giveUpRoute, async (c) => c.json(await giveUp(context, c.req.valid('param').id), 200))

/** Throws not-found. */
export function findExercise({ catalog }: ApiContext, id: string): CatalogExercise {
  const found = catalog.snapshot.exerciseById.get(id)
  if (!found) throw new ApiError('not-found', `There is no exercise ${id}.`)
  return found
}

async function oneExercise(context: ApiContext, id: string): Promise<Exercise> {
  const { store, catalog, grader, now } = context
  const found = findExercise(context, id)
  grader.warm(id)
  const learner = await localLearner(store)
  const [course, solved, tried, [last], reviews] = await Promise.all([
    courseOf(store, learner, catalog.snapshot, now()),
    store.submissions.solved(learner.id),
    store.submissions.tried(learner.id),
    store.submissions.list(learner.id, { exerciseId: id, limit: 1 }),
    store.reviews.ofItem(learner.id, `exercise:${id}`),
  ])
  const item = course.items.find((one) => one.id === `exercise:${id}`)
  if (!item) throw new ApiError('not-found', `There is no exercise ${id}.`)
  const { engines } = grader.health()
  const gaveUp = reviews.some(({ origin }) => origin === 'give-up')
  // Once it is due again the solution is out of sight again: seeing it would answer the review.
  const mayRead = (solved.has(id) || gaveUp) && !isDue(item.memory, course.clock)
  const { exercise, hintsHtml } = found
  const hints = await hintsFace(store, learner.id, found, item.memory, course.clock)
  return {
    ...exerciseSummaryOf(found, item, course.clock, { solved, tried }),
    promptHtml: found.promptHtml,
    languages: exercise.languages,
    starter: found.starter,
    sample: found.sample,
    tests: exercise.tests.map(({ name }) => ({ name })),
    concepts: exercise.concepts,
    engineNames: exercise.engines.map((kind) => engines[kind].version ?? kind),
    version: item.version,
    hints: mayRead ? { ...hints, takenHtml: hintsHtml } : hints,
    solution: mayRead ? found.solution : null,
    hiddenTests: mayRead ? found.hiddenTests : null,
    explanationHtml: mayRead ? found.explanationHtml : null,
    lastSubmission: last?.id ?? null,
  }
}

async function giveUp(context: ApiContext, id: string): Promise<z.infer<typeof giveUpReply>> {
  const { solution } = findExercise(context, id)
  const learner = await localLearner(context.store)
  const reviewId = crypto.randomUUID()
  const { input, fresh, apply } = exerciseRating(learner, id, 'again', context.now(), {
    id: reviewId,
    origin: 'give-up',
    submissionId: null,
    durationMs: 0,
  })
  const { review } = await context.store.reviews.answer(input, fresh, apply)
  return { solution, review: review && ratingFace(review) }
}

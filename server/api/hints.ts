import { createRoute, type z } from '@hono/zod-openapi'
import { freshState } from '../learning/item-state.ts'
import { clockAt, localLearner } from '../learning/learner.ts'
import { turnSince } from '../learning/turn.ts'
import type { ApiContext } from './context.ts'
import { hintRequest, hints } from './contract.ts'
import { ApiError } from './errors.ts'
import { findExercise } from './exercises.ts'
import { hintsFace } from './hints-face.ts'
import { body, errors, idParam, json, newRouter } from './route.ts'

const hintRoute = createRoute({
  method: 'post',
  path: '/exercises/{id}/hints',
  request: { params: idParam, body: body(hintRequest) },
  responses: {
    200: json(hints, 'The step and those before it; an acceptance after it is Hard at best, if the exercise was due'),
    ...errors('invalid-request', 'not-found', 'hint-not-next', 'disk-full'),
  },
})

export const hintsApi = (context: ApiContext) =>
  newRouter().openapi(hintRoute, async (c) =>
    c.json(await takeHint(context, c.req.valid('param').id, c.req.valid('json').step), 200),
  )

async function takeHint(context: ApiContext, id: string, step: number): Promise<z.infer<typeof hints>> {
  const { store, now } = context
  const found = findExercise(context, id)
  if (step > found.hintsHtml.length) throw new ApiError('not-found', `${id} has no step ${step} among its hints.`)
  const learner = await localLearner(store)
  const clock = clockAt(learner, now())
  const { memory } = (await store.items.state(learner.id, `exercise:${id}`)) ?? freshState('', clock)
  await store.hints.take({
    learnerId: learner.id,
    exerciseId: id,
    step,
    takenAt: clock.now,
    since: turnSince(memory, clock),
  })
  return hintsFace(store, learner.id, found, memory, clock)
}

import { createRoute, type z } from '@hono/zod-openapi'
import { type Course, type CourseItem, courseOf } from '../learning/course.ts'
import { localLearner } from '../learning/learner.ts'
import { buildQueue, queueCounts } from '../scheduler/queue.ts'
import { preview, settingsFor } from '../scheduler/schedule.ts'
import type { Queued, QueueOptions } from '../scheduler/types.ts'
import type { ReviewRow } from '../store/store.ts'
import type { ApiContext } from './context.ts'
import { type QueueItem, queue, queueQuery } from './contract.ts'
import { exerciseFaceOf } from './exercise-face.ts'
import { iso, memoryFace } from './memory.ts'
import { errors, json, newRouter } from './route.ts'

const queueRoute = createRoute({
  method: 'get',
  path: '/review/queue',
  request: { query: queueQuery },
  responses: { 200: json(queue, 'What to recall now, in order'), ...errors('invalid-request') },
})

export const queueApi = (context: ApiContext) =>
  newRouter().openapi(queueRoute, async (c) => c.json(await queueNow(context, c.req.valid('query')), 200))

async function queueNow(
  { store, catalog, now }: ApiContext,
  { minutes, limit }: z.infer<typeof queueQuery>,
): Promise<z.infer<typeof queue>> {
  const learner = await localLearner(store)
  const course = await courseOf(store, learner, catalog.snapshot, now())
  const itemById = new Map(course.items.map((item) => [item.id, item]))
  const [reviewsToday, canUndo] = await Promise.all([
    store.reviews.ofDay(learner.id, course.today),
    store.reviews.canUndo(learner.id),
  ])

  const queued = buildQueue(course.items, {
    settings: course.settings,
    clock: course.clock,
    doneToday: doneToday(reviewsToday, itemById),
    budgetMs: minutes === undefined ? undefined : minutes * 60_000,
  })

  const entries = queued.flatMap((entry) => {
    const item = itemById.get(entry.id)
    return item ? [{ ...entry, item }] : []
  })
  const counts = queueCounts(entries.filter(({ item }) => item.kind === 'card'))
  const totalMs = entries.reduce((sum, { item }) => sum + item.expectedMs, 0)
  return {
    studyDay: course.today,
    counts: {
      new: counts.new,
      learning: counts.learning + counts['learn-ahead'],
      review: counts.review,
      exercises: entries.filter(({ item }) => item.kind === 'exercise').length,
    },
    minutes: Math.ceil(totalMs / 60_000),
    doneToday: reviewsToday.length,
    canUndo,
    items: entries.slice(0, limit).map(({ item, why }) => queueItem(item, why, course)),
  }
}

/** What of today's limits is used up, and which siblings wait for tomorrow. */
function doneToday(reviews: ReviewRow[], itemById: Map<string, CourseItem>): QueueOptions['doneToday'] {
  const begun = new Set<string>()
  const reviewed = new Set<string>()
  const siblings = new Set<string>()
  for (const { itemId, before } of reviews) {
    if (before.memory.state === 'new') begun.add(itemId)
    if (before.memory.state === 'review') reviewed.add(itemId)
    const item = itemById.get(itemId)
    if (item) siblings.add(item.siblings)
  }
  return { new: begun.size, reviews: reviewed.size, siblings }
}

function queueItem(item: CourseItem, why: Queued['why'], { clock, settings }: Course): QueueItem {
  const { id, content } = item
  const previews = preview(item.memory, clock, settingsFor(item.kind, settings), id)
  return {
    item: id,
    version: item.version,
    why,
    memory: memoryFace(item.memory),
    intervals: previews.map(({ rating, memory, intervalMs, label }) => ({
      rating,
      dueAt: iso(memory.dueAt),
      intervalMs,
      label,
    })),
    expectedMs: item.expectedMs,
    leech: item.leech,
    card: content.kind === 'card' ? content.card.face : null,
    exercise: content.kind === 'exercise' ? exerciseFaceOf(content.exercise) : null,
  }
}

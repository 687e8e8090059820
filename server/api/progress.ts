import { createRoute } from '@hono/zod-openapi'
import { courseOf } from '../learning/course.ts'
import { localLearner } from '../learning/learner.ts'
import { addDays } from '../scheduler/day.ts'
import { forecast } from '../scheduler/due.ts'
import { streakDays, trueRetention } from '../scheduler/stats.ts'
import type { ApiContext } from './context.ts'
import { type Progress, progress } from './contract.ts'
import { json, newRouter } from './route.ts'
import { summaries } from './sections.ts'
import { submissionLine } from './submissions.ts'

const heatmapDays = 365
const forecastDays = 30
const retentionDays = 30
const recentSubmissions = 50

const progressRoute = createRoute({
  method: 'get',
  path: '/progress',
  responses: { 200: json(progress, 'What was done, what is remembered, what comes') },
})

export const progressApi = (context: ApiContext) =>
  newRouter().openapi(progressRoute, async (c) => c.json(await progressNow(context), 200))

async function progressNow({ store, catalog, now }: ApiContext): Promise<Progress> {
  const learner = await localLearner(store)
  const { snapshot } = catalog
  const course = await courseOf(store, learner, snapshot, now())
  const { today, clock, items } = course
  const [perDay, mature, solved, recent] = await Promise.all([
    store.reviews.perDay(learner.id, addDays(today, 1 - heatmapDays)),
    store.reviews.mature(learner.id, now() - retentionDays * 86_400_000),
    store.submissions.solved(learner.id),
    store.submissions.list(learner.id, { limit: recentSubmissions }),
  ])
  const { recalled, forgotten, share } = trueRetention(mature)
  const cards = forecast(
    items.filter(({ kind }) => kind === 'card'),
    clock,
    forecastDays,
  )
  const exercises = forecast(
    items.filter(({ kind }) => kind === 'exercise'),
    clock,
    forecastDays,
  )
  return {
    studyDay: today,
    streakDays: streakDays(
      perDay.map(({ day }) => day),
      today,
    ),
    heatmap: perDay.map(({ day, reviews, durationMs }) => ({ day, reviews, minutes: Math.round(durationMs / 60_000) })),
    forecast: cards.map(({ day, due }, n) => ({ day, cards: due, exercises: exercises[n]?.due ?? 0 })),
    trueRetention: { passed: recalled, total: recalled + forgotten, rate: share },
    sections: summaries(snapshot.sections, course, solved),
    submissions: recent.map((row) => submissionLine(row, snapshot)),
  }
}

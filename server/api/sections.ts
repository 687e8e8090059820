import { createRoute, type z } from '@hono/zod-openapi'
import type { CatalogSection } from '../content/section-folder.ts'
import { type Course, type CourseItem, courseOf } from '../learning/course.ts'
import { localLearner } from '../learning/learner.ts'
import { isDue } from '../scheduler/due.ts'
import { recallOn } from '../scheduler/schedule.ts'
import type { ApiContext } from './context.ts'
import { type Section, type SectionSummary, section, sections } from './contract.ts'
import { ApiError } from './errors.ts'
import { exerciseSummaryOf } from './exercise-face.ts'
import { iso } from './memory.ts'
import { errors, idParam, json, newRouter } from './route.ts'

const listRoute = createRoute({
  method: 'get',
  path: '/sections',
  responses: { 200: json(sections, 'Every section in course order') },
})
const oneRoute = createRoute({
  method: 'get',
  path: '/sections/{id}',
  request: { params: idParam },
  responses: { 200: json(section, 'The lesson, its cards and exercises'), ...errors('not-found') },
})

export const sectionsApi = (context: ApiContext) =>
  newRouter()
    .openapi(listRoute, async (c) => c.json({ sections: await allSections(context) }, 200))
    .openapi(oneRoute, async (c) => c.json(await oneSection(context, c.req.valid('param').id), 200))

type Standing = { course: Course; solved: Set<string>; tried: Set<string> }

async function standing({ store, catalog, now }: ApiContext): Promise<Standing> {
  const learner = await localLearner(store)
  const [course, solved, tried] = await Promise.all([
    courseOf(store, learner, catalog.snapshot, now()),
    store.submissions.solved(learner.id),
    store.submissions.tried(learner.id),
  ])
  return { course, solved, tried }
}

async function allSections(context: ApiContext): Promise<SectionSummary[]> {
  const { course, solved } = await standing(context)
  return summaries(context.catalog.snapshot.sections, course, solved)
}

/** Counts and mastery of each section. */
export function summaries(list: readonly CatalogSection[], course: Course, solved: Set<string>): SectionSummary[] {
  const bySection = Map.groupBy(course.items, (item) => item.section)
  return list.map((one) => summary(one, bySection.get(one.matter.id) ?? [], course, solved))
}

function summary({ matter }: CatalogSection, items: CourseItem[], course: Course, solved: Set<string>): SectionSummary {
  const cards = items.filter((item) => item.kind === 'card')
  const exercises = items.filter((item) => item.kind === 'exercise')
  const inState = (...states: string[]) => cards.filter(({ memory }) => states.includes(memory.state)).length
  const due = (some: CourseItem[]) =>
    some.filter((item) => !item.suspended && item.memory.state !== 'new' && isDue(item.memory, course.clock)).length
  const recall = items.reduce((sum, { memory }) => sum + recallOn(memory, course.today, course.settings), 0)
  return {
    id: matter.id,
    title: matter.title,
    prerequisites: matter.prerequisites,
    cards: {
      total: cards.length,
      new: inState('new'),
      learning: inState('learning', 'relearning'),
      known: inState('review'),
      due: due(cards),
    },
    exercises: {
      total: exercises.length,
      solved: exercises.filter(({ content }) => content.kind === 'exercise' && solved.has(content.exercise.exercise.id))
        .length,
      due: due(exercises),
    },
    mastery: items.length === 0 ? 0 : recall / items.length,
    unlocked: course.unlocked.has(matter.id),
  }
}

async function oneSection(context: ApiContext, id: string): Promise<Section> {
  const found = context.catalog.snapshot.sectionById.get(id)
  if (!found) throw new ApiError('not-found', `There is no section ${id}.`)
  const { course, solved, tried } = await standing(context)
  const items = course.items.filter((item) => item.section === id)
  return {
    ...summary(found, items, course, solved),
    lessonHtml: found.lessonHtml,
    cardList: items.flatMap(({ content, memory }) =>
      content.kind === 'card'
        ? [{ ...content.card.face, state: memory.state, dueAt: memory.state === 'new' ? null : iso(memory.dueAt) }]
        : [],
    ),
    exerciseList: items.flatMap((item) =>
      item.content.kind === 'exercise'
        ? [exerciseSummaryOf(item.content.exercise, item, course.clock, { solved, tried })]
        : [],
    ),
  } satisfies z.infer<typeof section>
}

import type { CatalogItem, Snapshot } from '../content/snapshot.ts'
import { studyDay } from '../scheduler/day.ts'
import type { Clock, QueueItem, Settings } from '../scheduler/types.ts'
import type { ItemState, Learner, Store } from '../store/store.ts'
import { freshState } from './item-state.ts'
import { clockAt } from './learner.ts'
import { unlockedSections } from './unlock.ts'

/** An item of the content joined with what one learner remembers of it. */
export type CourseItem = QueueItem & { content: CatalogItem; leech: boolean }

/** The whole content as it stands for one learner at one moment. */
export type Course = {
  learner: Learner
  settings: Settings
  clock: Clock
  /** The learner's study day. */
  today: string
  /** In course order. */
  items: CourseItem[]
  unlocked: Set<string>
}

/** What a card costs before there is a median of the learner's own. */
const cardMs = 15_000

/** Joins content and memory. Read anew for every request, because the grading process writes ratings as well. */
export async function courseOf(store: Store, learner: Learner, snapshot: Snapshot, now: number): Promise<Course> {
  const clock = clockAt(learner, now)
  const [states, medians] = await Promise.all([
    store.items.states(learner.id),
    store.reviews.medianDurations(learner.id),
  ])
  const stateById = new Map(states.map((state) => [state.itemId, state]))
  const unlocked = unlockedSections(snapshot.sections, (id) => (stateById.get(id)?.memory.reps ?? 0) > 0)
  const fresh = freshState('', clock)
  const items = [...snapshot.items.values()].map((content) =>
    courseItem(content, stateById.get(content.id) ?? fresh, medians.get(content.id), unlocked),
  )
  return {
    learner,
    settings: learner.settings,
    clock,
    today: studyDay(now, clock.timeZone, clock.rolloverHour),
    items,
    unlocked,
  }
}

function courseItem(
  content: CatalogItem,
  state: ItemState,
  medianMs: number | undefined,
  unlocked: Set<string>,
): CourseItem {
  const { id, kind, section, siblings, concepts, order } = content
  const usualMs = content.kind === 'card' ? cardMs : content.exercise.exercise.minutes * 60_000
  return {
    content,
    id,
    kind,
    section,
    siblings,
    concepts,
    order,
    version: state.version,
    memory: state.memory,
    suspended: state.suspended,
    buriedUntilDay: state.buriedUntilDay,
    leech: state.leech,
    expectedMs: Math.max(1_000, medianMs ?? usualMs),
    unlocked: kind === 'card' || unlocked.has(section),
  }
}

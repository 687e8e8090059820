import { studyDay } from './day.ts'
import { isDue } from './due.ts'
import { newGain, reviewGain } from './gain.ts'
import { recallOn, settingsFor } from './schedule.ts'
import { keepApart, spread } from './sequence.ts'
import type { ItemKind, Queued, QueueItem, QueueOptions, Settings } from './types.ts'

const minuteMs = 60_000

/** `rank` orders within one reason, smallest first. */
type Entry = { item: QueueItem; why: Queued['why']; rank: number }

/**
 * The study day's items in the order to show them: learning steps due now; reviews, the least likely to be recalled first,
 * with new items in course order spread among them; at the end learning steps due within the learn-ahead time. In a time
 * box, reviews and new items come by gain per minute instead, and only what fits is in it.
 *
 * Of siblings one is offered, and once one was answered the others are left out until the rollover. Nothing is stored for
 * that: they come back by themselves, their memory untouched. Items that share any concept are never neighbours. Built anew
 * after every answer.
 */
export function buildQueue(items: readonly QueueItem[], options: QueueOptions): Queued[] {
  const { clock, settings, doneToday, budgetMs } = options
  const today = studyDay(clock.now, clock.timeZone, clock.rolloverHour)
  const open = items.filter((item) => isOpen(item, today, doneToday.siblings))
  const pick = onePerSiblings(today)
  const timeBoxed = budgetMs !== undefined

  const learning = pick(learningDue(open, options))
  const reviews = pick(reviewsDue(open, today, options), settings.reviewsPerDay - doneToday.reviews)
  const fresh = pick(newItems(open), settings.newPerDay - doneToday.new)
  const ahead = pick(learningAhead(open, options))

  const middle = timeBoxed ? byRank([...reviews, ...rankedByGain(fresh, options)]) : spread(fresh, reviews)
  const whole = [...learning, ...middle, ...ahead]
  const chosen = timeBoxed ? fitting(whole, budgetMs, settings) : whole
  return keepApart(chosen, shareConcept).map(({ item, why }) => ({ id: item.id, why }))
}

const shareConcept = ({ item: one }: Entry, { item: other }: Entry): boolean =>
  one.siblings === other.siblings || one.concepts.some((concept) => other.concepts.includes(concept))

/** How many items of a queue are there for which reason. */
export function queueCounts(queue: readonly Queued[]): Record<Queued['why'], number> {
  const counts = { learning: 0, review: 0, new: 0, 'learn-ahead': 0 }
  for (const { why } of queue) counts[why]++
  return counts
}

/** By the item's own day: not behind `today` only, since after a flight west the day of its last review lies ahead. */
const answeredOn = (today: string, { memory }: QueueItem) =>
  memory.lastReviewDay !== null && memory.lastReviewDay >= today

function isOpen(item: QueueItem, today: string, answeredSiblings: Set<string>): boolean {
  if (item.suspended || !item.unlocked) return false
  if (item.buriedUntilDay !== null && today < item.buriedUntilDay) return false
  return !answeredSiblings.has(item.siblings) || answeredOn(today, item)
}

/** Takes entries in order up to a limit, one for each key of siblings; items already answered today are not each other's rivals. */
function onePerSiblings(today: string): (entries: Entry[], limit?: number) => Entry[] {
  const taken = new Set<string>()
  return (entries, limit = Number.POSITIVE_INFINITY) => {
    const picked: Entry[] = []
    for (const entry of entries) {
      if (picked.length >= limit) break
      const { item } = entry
      if (taken.has(item.siblings) && !answeredOn(today, item)) continue
      taken.add(item.siblings)
      picked.push(entry)
    }
    return picked
  }
}

const isLearning = ({ memory }: QueueItem) => memory.state === 'learning' || memory.state === 'relearning'

function learningDue(open: QueueItem[], { clock }: QueueOptions): Entry[] {
  const due = open.filter((item) => isLearning(item) && isDue(item.memory, clock))
  return byRank(due.map((item) => ({ item, why: 'learning', rank: item.memory.dueAt })))
}

function learningAhead(open: QueueItem[], { clock, settings }: QueueOptions): Entry[] {
  const until = clock.now + settings.learnAheadMin * minuteMs
  const soon = open.filter((item) => isLearning(item) && item.memory.dueAt > clock.now && item.memory.dueAt <= until)
  return byRank(soon.map((item) => ({ item, why: 'learn-ahead', rank: item.memory.dueAt })))
}

function reviewsDue(open: QueueItem[], today: string, { settings, budgetMs }: QueueOptions): Entry[] {
  // Compared with the one `today` of this queue: isDue and retrievability would work out the study day for every item.
  const due = open.filter(({ memory }) => memory.state === 'review' && memory.dueDay <= today)
  const rank = (item: QueueItem) =>
    budgetMs === undefined
      ? recallOn(item.memory, today, settings)
      : -perMinute(reviewGain(item.memory, today, settingsFor(item.kind, settings)), item)
  return byRank(due.map((item) => ({ item, why: 'review', rank: rank(item) })))
}

function newItems(open: QueueItem[]): Entry[] {
  const fresh = open.filter(({ memory }) => memory.state === 'new')
  return byRank(fresh.map((item) => ({ item, why: 'new', rank: item.order })))
}

function rankedByGain(fresh: Entry[], { settings }: QueueOptions): Entry[] {
  const gainOf: Record<ItemKind, number> = {
    card: newGain(settings),
    exercise: newGain(settingsFor('exercise', settings)),
  }
  return fresh.map((entry) => ({ ...entry, rank: -perMinute(gainOf[entry.item.kind], entry.item) }))
}

const perMinute = (gain: number, { expectedMs }: QueueItem) => (gain * minuteMs) / expectedMs

/** Ties go by id, so that the same items always give the same queue. */
function byRank(entries: Entry[]): Entry[] {
  return entries.sort((a, b) => a.rank - b.rank || (a.item.id < b.item.id ? -1 : 1))
}

/** Takes what still fits, in order; something long is passed over and the shorter behind it is not. */
function fitting(entries: Entry[], budgetMs: number, settings: Settings): Entry[] {
  let leftMs = budgetMs
  return entries.filter(({ item, why }) => {
    const stepsMin = settingsFor(item.kind, settings).learningStepsMin
    // A new item is shown once for each of its learning steps, within the same sitting.
    const costMs = item.expectedMs * (why === 'new' ? Math.max(1, stepsMin.length) : 1)
    if (costMs > leftMs) return false
    leftMs -= costMs
    return true
  })
}

import { addDays, startOfStudyDay } from './day.ts'
import { answer, newMemory } from './schedule.ts'
import { type Clock, defaultSettings, type Memory, type QueueItem, type Rating } from './types.ts'

/** What the tests of this folder share: a clock, a random source that repeats, items in a known state. */

export const zone = 'Europe/Berlin'
export const today = '2026-11-23'
export const minuteMs = 60_000

/** A clock some minutes after the start of a study day. */
export function clockOn(day: string, minutes = 300, timeZone = zone): Clock {
  return { now: startOfStudyDay(day, timeZone, 4) + minutes * minuteMs, timeZone, rolloverHour: 4 }
}

/** Numbers in [0, 1) that depend on the seed alone (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Mostly Good, as learners rate. */
export function randomRating(random: () => number): Rating {
  const drawn = random()
  return drawn < 0.15 ? 'again' : drawn < 0.25 ? 'hard' : drawn < 0.9 ? 'good' : 'easy'
}

/** The memory of an item that got some ratings, each on the day that it was due. */
export function memoryAfter(ratings: Rating[], itemId: string, firstDay: string): Memory {
  let memory = newMemory(clockOn(firstDay))
  for (const rating of ratings) {
    const clock = { ...clockOn(firstDay), now: Math.max(memory.dueAt, clockOn(firstDay).now) }
    memory = answer(memory, rating, clock, defaultSettings, itemId)
  }
  return memory
}

/** An item in the review state. The later it is behind `today`, the likelier it is forgotten. */
export function reviewItem(id: string, daysOverdue: number, change: Partial<QueueItem> = {}): QueueItem {
  const dueDay = addDays(today, -daysOverdue)
  const lastReviewDay = addDays(dueDay, -10)
  const memory: Memory = {
    state: 'review',
    stability: 10,
    difficulty: 5,
    dueAt: clockOn(dueDay, 0).now,
    dueDay,
    lastReviewAt: clockOn(lastReviewDay).now,
    lastReviewDay,
    scheduledDays: 10,
    learningStep: 0,
    reps: 3,
    lapses: 0,
  }
  return newItem(id, { memory, ...change })
}

/** An item in the learning state, answered today and due some minutes from `now` (before it when negative). */
export function learningItem(id: string, dueInMin: number, now: number, change: Partial<QueueItem> = {}): QueueItem {
  const answered = answer(newMemory(clockOn(today)), 'good', clockOn(today), defaultSettings, id)
  return newItem(id, { memory: { ...answered, dueAt: now + dueInMin * minuteMs }, ...change })
}

export function newItem(id: string, change: Partial<QueueItem> = {}): QueueItem {
  return {
    id,
    kind: 'card',
    section: 'sql',
    siblings: id,
    concepts: [],
    order: 0,
    version: 1,
    memory: newMemory(clockOn(today)),
    suspended: false,
    buriedUntilDay: null,
    expectedMs: 20_000,
    unlocked: true,
    ...change,
  }
}

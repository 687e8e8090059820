import { addDays, studyDay } from './day.ts'
import type { Clock, Memory, QueueItem } from './types.ts'

/**
 * Whether an answer given now would be a review rather than practice. A review is due all through its study day, whatever
 * the hour; a learning step from its minute on; a new item always, and how many are offered is the queue's affair.
 */
export function isDue(memory: Memory, clock: Clock): boolean {
  if (memory.state === 'new') return true
  if (memory.state === 'review') return memory.dueDay <= studyDay(clock.now, clock.timeZone, clock.rolloverHour)
  return memory.dueAt <= clock.now
}

/**
 * How many items come due on each of the next `days` study days, today first. What is overdue counts today; new, suspended
 * and locked items have no day.
 */
export function forecast(
  items: Iterable<Pick<QueueItem, 'memory' | 'suspended' | 'unlocked'>>,
  clock: Clock,
  days: number,
): { day: string; due: number }[] {
  const today = studyDay(clock.now, clock.timeZone, clock.rolloverHour)
  const dueByDay = new Map<string, number>()
  for (let n = 0; n < days; n++) dueByDay.set(addDays(today, n), 0)
  for (const { memory, suspended, unlocked } of items) {
    if (suspended || !unlocked || memory.state === 'new') continue
    const overdue = memory.dueDay < today
    const day = overdue ? today : memory.dueDay
    const due = dueByDay.get(day)
    if (due !== undefined) dueByDay.set(day, due + 1)
  }
  return [...dueByDay].map(([day, due]) => ({ day, due }))
}

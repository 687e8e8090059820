import { isDue } from '../scheduler/due.ts'
import type { Clock, Memory } from '../scheduler/types.ts'

/**
 * Since when (epoch milliseconds) attempts and hints belong to an exercise's present turn: since it came due, or, while it is
 * not, since it was rated. Those of a turn that ended say nothing about the next one.
 */
export function turnSince(memory: Memory, clock: Clock): number {
  if (memory.state === 'new') return 0
  return isDue(memory, clock) ? memory.dueAt : (memory.lastReviewAt ?? 0)
}

/** Over how long the pace of grading is measured. */
export const paceWindowMs = 60_000
const leastMs = 1_000
const mostMs = 2 * 60_000
/** Room for one is gone at once when several ask again at the same moment: so long until a share of the queue is free. */
const freeShare = 0.05

/** How long a queue that is full takes until there is room, at the pace of the last `paceWindowMs`; nothing finished counts as one. */
export function untilThereIsRoomMs(queue: { waiting: number; queueLength: number; finished: number }): number {
  const toLeave = queue.waiting - queue.queueLength + Math.ceil(queue.queueLength * freeShare)
  const msEach = paceWindowMs / Math.max(queue.finished, 1)
  return Math.min(mostMs, Math.max(leastMs, Math.ceil(toLeave * msEach)))
}

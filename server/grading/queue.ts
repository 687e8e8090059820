import type { Claim } from '../store/store.ts'
import { Draining, type GradingRoom, gradeSubmission } from './grade.ts'
import { holdLease, type Lease } from './lease.ts'

export type QueueLimits = { slots: number; leaseMs: number; heartbeatMs: number; pollMs: number }

export type GradingQueue = {
  /** Look now. */
  wake(): void
  /** Claims nothing more, waits so long for what is under way, then gives it back. */
  drain(waitMs: number): Promise<void>
}

/** Claims submissions as long as a slot is free: when woken, when a slot comes free, and every `pollMs`. */
export function startQueue(room: GradingRoom, limits: QueueLimits): GradingQueue {
  const underWay = new Map<Lease, Promise<void>>()
  let draining = false
  let looking: Promise<void> | undefined
  let lookAgain = false
  let trouble = ''

  const look = (): Promise<void> => {
    lookAgain = looking !== undefined
    looking ??= fillSlots().finally(() => {
      looking = undefined
      if (lookAgain) look()
    })
    return looking
  }

  async function fillSlots(): Promise<void> {
    try {
      while (!draining && underWay.size < limits.slots) {
        const claim = await claimNext(room, limits.leaseMs)
        trouble = ''
        if (!claim) return
        grade(claim)
      }
    } catch (error) {
      // Said once, however often a store that is away is asked.
      const message = error instanceof Error ? error.message : String(error)
      if (message !== trouble) room.log(`Queue: ${message}`)
      trouble = message
    }
  }

  function grade(claim: Claim): void {
    const lease = holdLease(room.store, claim, limits)
    const job = gradeSubmission(room, claim, lease).finally(() => {
      underWay.delete(lease)
      if (!draining) look()
    })
    underWay.set(lease, job)
  }

  const timer = setInterval(look, limits.pollMs)
  look()
  return {
    wake() {
      for (const lease of underWay.keys()) lease.check()
      look()
    },
    async drain(waitMs) {
      draining = true
      clearInterval(timer)
      await looking
      const impatience = setTimeout(() => {
        for (const lease of underWay.keys()) lease.abandon(new Draining())
      }, waitMs)
      await Promise.all(underWay.values())
      clearTimeout(impatience)
    },
  }
}

async function claimNext({ store, catalog, graders }: GradingRoom, leaseMs: number): Promise<Claim | null> {
  const { state } = graders.health()
  if (state === 'ready') return store.submissions.claim(Date.now(), leaseMs, null)
  // Images are still being made: what can be graded already is, the rest waits without using up its attempts.
  const exercises = [...catalog.snapshot.exerciseById.values()].map(({ exercise }) => exercise)
  const able = exercises.filter((exercise) =>
    exercise.languages.every((language) => graders.canGrade(exercise, language)),
  )
  if (able.length === 0) return null
  return store.submissions.claim(
    Date.now(),
    leaseMs,
    able.map(({ id }) => id),
  )
}

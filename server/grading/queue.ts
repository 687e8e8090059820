import { Draining, type GradingRoom, gradeSubmission } from './grade.ts'
import { holdLease, type Lease } from './lease.ts'
import { runSample } from './run.ts'

export type QueueLimits = { slots: number; leaseMs: number; heartbeatMs: number; pollMs: number }

export type GradingQueue = {
  /** Whether something is being graded. */
  isBusy(): boolean
  /** Look now. */
  wake(): void
  /** Claims nothing more, waits so long for what is under way, then gives it back. */
  drain(waitMs: number): Promise<void>
}

/** Claims jobs as long as a slot is free, submissions before runs: when woken, when a slot comes free, and every `pollMs`. */
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
        const isStarted = await startNext()
        trouble = ''
        if (!isStarted) break
      }
      if (!draining) await announceNext()
    } catch (error) {
      // Said once, however often a store that is away is asked.
      const message = error instanceof Error ? error.message : String(error)
      if (message !== trouble) room.log(`Queue: ${message}`)
      trouble = message
    }
  }

  /** A run waits as long as any submission does. */
  async function startNext(): Promise<boolean> {
    const { submissions, runs } = room.store
    const able = ableExercises(room)
    if (able?.length === 0) return false
    const claim = await submissions.claim(Date.now(), limits.leaseMs, able)
    if (claim) {
      const { id } = claim.submission
      const lease = holdLease(id, (until) => submissions.heartbeat(id, claim.fence, until), limits)
      hold(lease, gradeSubmission(room, claim, lease))
      return true
    }
    const runClaim = await runs.claim(Date.now(), limits.leaseMs, able)
    if (!runClaim) return false
    const { id } = runClaim.run
    // A cancelled run is nobody's any more: its lease is lost.
    const heartbeat = (until: number) => runs.heartbeat(id, runClaim.fence, until).then(() => ({ cancelled: false }))
    const lease = holdLease(id, heartbeat, limits)
    hold(lease, runSample(room, runClaim, lease))
    return true
  }

  /** While one is graded, what the next one needs is made ready. */
  async function announceNext(): Promise<void> {
    const { store, catalog, graders } = room
    const next = underWay.size === 0 ? [] : await store.submissions.next(Date.now(), limits.slots)
    graders.announce(
      next.flatMap(({ exerciseId, language }) => {
        const found = catalog.snapshot.exerciseById.get(exerciseId)
        return found ? [{ exercise: found.exercise, language }] : []
      }),
    )
  }

  function hold(lease: Lease, work: Promise<void>): void {
    const job = work.finally(() => {
      underWay.delete(lease)
      if (!draining) look()
    })
    underWay.set(lease, job)
  }

  const timer = setInterval(look, limits.pollMs)
  look()
  return {
    isBusy: () => underWay.size > 0,
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

/** Null: every exercise. While images are still being made, what can be graded already is; the rest waits without using up attempts. */
function ableExercises({ catalog, graders }: GradingRoom): string[] | null {
  if (graders.health().state === 'ready') return null
  const exercises = [...catalog.snapshot.exerciseById.values()].map(({ exercise }) => exercise)
  return exercises
    .filter((exercise) => exercise.languages.every((language) => graders.canGrade(exercise, language)))
    .map(({ id }) => id)
}
